// Local time of the house, whatever zone the browser is in.

const HOUR = 3600_000;

export class Zone {
  constructor(name) {
    this.clock = new Intl.DateTimeFormat(undefined, { timeZone: name, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    this.day = new Intl.DateTimeFormat(undefined, { timeZone: name, weekday: "short", day: "numeric", month: "short" });
    this.short = new Intl.DateTimeFormat(undefined, { timeZone: name, day: "numeric", month: "short" });
    this.weekday = new Intl.DateTimeFormat(undefined, { timeZone: name, weekday: "short" });
    this.month = new Intl.DateTimeFormat(undefined, { timeZone: name, month: "short" });
    this.date = new Intl.DateTimeFormat("en-CA", { timeZone: name, year: "numeric", month: "2-digit", day: "2-digit" });
    this.hour = new Intl.DateTimeFormat("en-GB", { timeZone: name, hour: "2-digit", hourCycle: "h23" });
  }

  // The first instant after `time` that has another local date; a day has 23 to 25 hours.
  nextDay(time) {
    const today = this.date.format(time);
    let next = time + 22 * HOUR;
    while (this.date.format(next) === today) next += HOUR / 4;
    return next;
  }

  // The first instant of the local day, found through its ISO date and any timestamp within it.
  startOf(date, within) {
    let start = Math.floor(within / (HOUR / 4)) * (HOUR / 4);
    while (this.date.format(start - 1) === date) start -= HOUR / 4;
    return start;
  }
}
