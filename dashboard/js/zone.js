// Days and hours of the house's time zone, whatever the browser's. Pure. Instants are milliseconds since 1970.
// A local day begins at the first instant of its date and has 23, 24 or 25 hours (or a half more); hours begin at
// minute 00 and where the offset changes. Nothing adds 86 400 s.

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const QUARTER = HOUR / 4; // since 2016 offsets change at quarters of an hour (but at one Antarctic station): ask Intl once for each

/** @param {unknown} name @returns {boolean} whether this browser knows the IANA name */
export function isZone(name) {
  if (typeof name !== "string" || name === "") return false;
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** One time zone. */
export class Zone {
  #fields;
  #offsets = new Map();

  /** @param {string} name IANA name; one that is not known becomes UTC (see `isZone`) */
  constructor(name) {
    this.name = isZone(name) ? name : "UTC";
    this.#fields = new Intl.DateTimeFormat("en-u-ca-gregory-nu-latn", {
      timeZone: this.name,
      hourCycle: "h23",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    });
  }

  /** The local date and time. @param {number} time */
  local(time) {
    const date = new Date(time + this.offset(time));
    return {
      year: date.getUTCFullYear(),
      month: date.getUTCMonth() + 1,
      day: date.getUTCDate(),
      hour: date.getUTCHours(),
      minute: date.getUTCMinutes(),
      second: date.getUTCSeconds(),
    };
  }

  /** Milliseconds that local time is ahead of UTC. @param {number} time */
  offset(time) {
    const quarter = Math.floor(time / QUARTER) * QUARTER;
    let offset = this.#offsets.get(quarter);
    if (offset === undefined) this.#offsets.set(quarter, (offset = this.#ask(quarter)));
    return offset;
  }

  #ask(time) {
    const parts = {};
    for (const { type, value } of this.#fields.formatToParts(time)) parts[type] = Number(value);
    return Date.UTC(parts.year, parts.month - 1, parts.day, parts.hour, parts.minute, parts.second) - time;
  }

  /** The local date as "2026-11-22". @param {number} time */
  date(time) {
    const { year, month, day } = this.local(time);
    return `${year}-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}`;
  }

  /** 0 is Sunday. @param {number} time */
  weekday(time) {
    const { year, month, day } = this.local(time);
    return new Date(Date.UTC(year, month - 1, day)).getUTCDay();
  }

  /** @param {number} time */
  isWeekend(time) {
    return [0, 6].includes(this.weekday(time));
  }

  /** First instant of the local day of `time`, or of the one `days` later. @param {number} time @param {number} [days] */
  startOfDay(time, days = 0) {
    const { year, month, day } = this.local(time);
    const midnight = Date.UTC(year, month - 1, day + days);
    const wanted = new Date(midnight).toISOString().slice(0, 10);
    const starts = [-DAY, DAY].map((about) => midnight - this.offset(midnight + about));
    const fits = starts.filter((start) => this.date(start) === wanted && this.date(start - 1) !== wanted);
    return fits.length > 0 ? Math.min(...fits) : Math.max(...starts);
  }

  /** First instant of the next local day. @param {number} time */
  nextDay(time) {
    return this.startOfDay(time, 1);
  }

  /** The instant `days` later at the same time of day, or at the next there is. @param {number} time @param {number} days */
  sameTime(time, days) {
    const { year, month, day, hour, minute, second } = this.local(time);
    const wanted = Date.UTC(year, month - 1, day + days, hour, minute, second);
    return wanted - this.offset(wanted - this.offset(wanted - this.offset(time)));
  }

  /** Whether the clock on the wall shows this time twice, as in the hour when summer time ends. @param {number} time */
  isRepeated(time) {
    const local = time + this.offset(time);
    const others = [time - 3 * HOUR, time + 3 * HOUR].map((about) => local - this.offset(about));
    return others.some((other) => other !== time && other + this.offset(other) === local);
  }

  /** First instant of a local date. @param {string} date such as "2026-11-22" */
  startOfDate(date) {
    return this.startOfDay(Date.parse(`${date}T12:00:00Z`) - this.offset(Date.parse(`${date}T12:00:00Z`)));
  }

  /** First instant of the next local hour. @param {number} time */
  nextHour(time) {
    const offset = this.offset(time);
    const next = Math.floor((time + offset) / HOUR) * HOUR + HOUR - offset;
    return this.offset(next - 1) === offset ? next : this.#change(time, next);
  }

  /** First instant in (from, to] with another offset than `from`. */
  #change(from, to) {
    const offset = this.offset(from);
    let [low, high] = [Math.floor(from / 1000), Math.ceil(to / 1000)];
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (this.offset(middle * 1000) === offset) low = middle;
      else high = middle;
    }
    return high * 1000;
  }

  /** Starts of the local days that begin in [from, to). @param {number} from @param {number} to */
  days(from, to) {
    return this.#starts(from, to, this.startOfDay(from), (time) => this.nextDay(time));
  }

  /** Starts of the local hours that begin in [from, to). @param {number} from @param {number} to */
  hours(from, to) {
    return this.#starts(from, to, this.startOfDay(from), (time) => this.nextHour(time));
  }

  #starts(from, to, first, next) {
    const found = [];
    for (let time = first; time < to; time = next(time)) if (time >= from) found.push(time);
    return found;
  }
}
