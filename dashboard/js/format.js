// Numbers and times as people of the chosen language write them. Instants are milliseconds since 1970; unknown
// (null, undefined, NaN) is a dash. `zone` is an IANA name.

import { moneyText } from "./data/cost.js";
import { locale } from "./text/index.js";

export const UNKNOWN = "–";
const made = new Map();

function cached(kind, options) {
  const key = `${kind.name} ${locale()} ${JSON.stringify(options)}`;
  if (!made.has(key)) made.set(key, new kind(locale(), options));
  return made.get(key);
}

const isNumber = (value) => typeof value === "number" && Number.isFinite(value);

/** @param {number | null | undefined} value @param {number} [digits] after the decimal point @returns {string} */
export function formatNumber(value, digits = 0) {
  if (!isNumber(value)) return UNKNOWN;
  const rounded = Number(value.toFixed(digits)) + 0; // never "-0"
  return cached(Intl.NumberFormat, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(rounded);
}

/** Three or four digits that count: 0.95, 12.3, 231. @param {number | null | undefined} value */
export function formatValue(value) {
  if (!isNumber(value)) return UNKNOWN;
  const size = Math.abs(value);
  return formatNumber(value, size === 0 || size >= 100 ? 0 : size >= 10 ? 1 : 2);
}

/** A value with its unit, kept on one line. @param {number | null | undefined} value @param {string} [unit] */
export function formatMeasure(value, unit = "") {
  return isNumber(value) && unit ? `${formatValue(value)}\u00a0${unit}` : formatValue(value);
}

/** Number and unit apart, for a large figure. @param {number | null | undefined} watts @returns {[string, string]} */
export function splitPower(watts) {
  if (!isNumber(watts)) return [UNKNOWN, "W"];
  return Math.abs(watts) >= 9_999.5 ? [formatNumber(watts / 1000, 1), "kW"] : [formatNumber(watts), "W"];
}

/** 412 W, 12.4 kW. @param {number | null | undefined} watts */
export function formatPower(watts) {
  return isNumber(watts) ? splitPower(watts).join("\u00a0") : UNKNOWN;
}

/** 0.41 kWh, 12.3 kWh, 2,512 kWh. @param {number | null | undefined} kwh */
export function formatEnergy(kwh) {
  return isNumber(kwh) ? `${formatValue(kwh)}\u00a0kWh` : UNKNOWN;
}

/** 8.98 €, rounded as its currency is. @param {bigint | null | undefined} amount see data/cost.js @param {string} currency of ISO 4217 */
export function formatMoney(amount, currency) {
  return typeof amount === "bigint" ? cached(Intl.NumberFormat, { style: "currency", currency }).format(moneyText(amount)) : UNKNOWN;
}

/** 62 %; less than all is never shown as 100 %, more than none never as 0 %. @param {number | null | undefined} part 0 to 1 */
export function formatShare(part) {
  if (!isNumber(part)) return UNKNOWN;
  const digits = part > 0.99 && part < 1 ? 1 : 0;
  const held = part > 0 && part < 1 ? Math.min(Math.max(part, 0.01), 0.999) : part;
  return cached(Intl.NumberFormat, { style: "percent", maximumFractionDigits: digits }).format(held);
}

/** +12 %, −3 %. @param {number | null | undefined} part change as a part of what was */
export function formatChange(part) {
  if (!isNumber(part)) return UNKNOWN;
  return cached(Intl.NumberFormat, { style: "percent", maximumFractionDigits: 0, signDisplay: "exceptZero" }).format(part);
}

const dates = (options) => (time, zone) => (isNumber(time) ? cached(Intl.DateTimeFormat, { ...options, timeZone: zone }).format(time) : UNKNOWN);

/** 14:20. */
export const formatTime = dates({ hour: "2-digit", minute: "2-digit" });
/** 14:20:05. */
export const formatSeconds = dates({ hour: "2-digit", minute: "2-digit", second: "2-digit" });
/** Sun, 22 Nov 2026. */
export const formatDay = dates({ weekday: "short", day: "numeric", month: "short", year: "numeric" });
/** Sun, 22 Nov, 14:20. */
export const formatDateTime = dates({ weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
/** 22 Nov. */
export const formatShortDay = dates({ day: "numeric", month: "short" });
/** Sun 22. */
export const formatWeekdayDate = dates({ weekday: "short", day: "numeric" });
/** Nov. */
export const formatMonth = dates({ month: "short" });
/** CET; GMT+1 where the language has no name for it. @param {number} time @param {string} zone */
export function formatZone(time, zone) {
  const parts = cached(Intl.DateTimeFormat, { hour: "numeric", timeZoneName: "short", timeZone: zone }).formatToParts(time);
  return parts.find(({ type }) => type === "timeZoneName")?.value ?? "";
}
const wholeHour = dates({ hour: "numeric" });

/** A whole hour, for an axis: 14:00, or 2 PM where the clock has twelve hours. @param {number} time @param {string} zone */
export function formatHour(time, zone) {
  const { hour12 } = cached(Intl.DateTimeFormat, { hour: "numeric" }).resolvedOptions();
  return hour12 ? wholeHour(time, zone) : formatTime(time, zone);
}

const AGES = [[86_400, "day"], [3_600, "hour"], [60, "minute"], [1, "second"]];

function unit(value, name, display) {
  return cached(Intl.NumberFormat, { style: "unit", unit: name, unitDisplay: display, maximumFractionDigits: 0 }).format(value);
}

/** How long, in its largest unit: 12 minutes, 3 days. @param {number | null | undefined} seconds */
export function formatAge(seconds) {
  if (!isNumber(seconds)) return UNKNOWN;
  const whole = Math.max(0, Math.round(seconds));
  const [size, name] = AGES.find(([size]) => whole >= size * (size === 1 ? 0 : 2)) ?? AGES[3];
  return unit(Math.floor(whole / size), name, "long");
}

/** How long, to the minute: 2 hr 10 min. @param {number | null | undefined} seconds */
export function formatDuration(seconds) {
  if (!isNumber(seconds)) return UNKNOWN;
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return unit(whole, "second", "short");
  const minutes = Math.round(whole / 60);
  const parts = [[Math.floor(minutes / 1440), "day"], [Math.floor(minutes / 60) % 24, "hour"], [minutes % 60, "minute"]];
  const told = parts.filter(([value]) => value > 0).slice(0, 2);
  return told.map(([value, name]) => unit(value, name, "short")).join(" ");
}

/** 512 B, 34 kB, 1.2 MB, 3.4 GB. @param {number | null | undefined} bytes */
export function formatBytes(bytes) {
  if (!isNumber(bytes)) return UNKNOWN;
  if (bytes < 1000) return `${formatNumber(bytes)}\u00a0B`;
  if (bytes < 999_500) return `${formatNumber(bytes / 1000)}\u00a0kB`;
  return bytes < 999_950_000 ? `${formatNumber(bytes / 1e6, 1)}\u00a0MB` : `${formatNumber(bytes / 1e9, 1)}\u00a0GB`;
}
