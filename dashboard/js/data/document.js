// Reading a tier file. What does not fit is left out and counted, never guessed; unknown is null. Pure.

import { Zone, isZone } from "../zone.js";
import { readMoney } from "./cost.js";

/**
 * @typedef {{mean: number, min: number, max: number}} Summary
 * @typedef {object} Bucket
 * @property {number} from
 * @property {string} timestamp as in the file
 * @property {Map<string, Summary>} metrics what is known of each, power among them
 * @property {number | null} energy kWh
 * @property {number | null} exported kWh
 * @property {number | null} samples
 * @property {number | null} coverage null: nobody knows
 * @property {string | null} corrected
 * @property {bigint | null} cost see cost.js
 * @property {bigint | null} baseFee the part of a day's cost that is owed whatever was used
 *
 * @typedef {object} Document
 * @property {string} tier
 * @property {Zone} zone the house's
 * @property {boolean} zoneKnown false: the file names none that this browser knows
 * @property {number | null} lastUpdate
 * @property {Map<string, string>} units
 * @property {string | null} currency of all amounts; null: no tariff, so nothing is told of cost
 * @property {string[]} metrics all names but power, in order
 * @property {any[]} points daily: readings as they came, in order of time; else empty
 * @property {Float64Array} times of the readings
 * @property {Bucket[]} buckets in order of time
 * @property {number} day daily: first instant of the day it is about
 * @property {Bucket | null} today daily: the day so far
 * @property {number} skipped points that nobody can read
 * @property {string} text the file itself
 */

export const TIERS = ["daily", "weekly", "monthly", "yearly"];
/** The tiers, and the year before that of yearly.json. */
export const FILES = [...TIERS, "earlier"];
const SCHEMA = 1;
/** Milliseconds around the middle of a file in which its buckets may lie: twice what it covers. */
const REACH = { weekly: 16 * 86_400_000, monthly: 62 * 86_400_000, yearly: 732 * 86_400_000, earlier: 732 * 86_400_000 };
const BUCKET_KEYS = new Set(["timestamp", "energy_kwh", "export_kwh", "samples", "coverage", "corrected", "energy_kwh_from", "cost", "base_fee"]);

/** Why a file can't be shown: `kind` is "half", "corrupt", "newer" or "other". */
export class Unreadable extends Error {
  /** @param {"half" | "corrupt" | "newer" | "other"} kind @param {string} detail */
  constructor(kind, detail) {
    super(detail);
    this.kind = kind;
  }
}

/**
 * @param {string} text @param {string} tier which file it should be
 * @param {string | null} [zoneName] the zone if the file names none
 * @returns {Document} @throws {Unreadable}
 */
export function readDocument(text, tier, zoneName = null) {
  const given = parse(text);
  if ((given.schema ?? SCHEMA) !== SCHEMA) throw new Unreadable("newer", `schema ${given.schema}`);
  if (!Array.isArray(given.data_points)) throw new Unreadable("corrupt", "no data_points");
  if (given.tier !== undefined && given.tier !== tier) throw new Unreadable("other", String(given.tier));
  const zoneKnown = isZone(given.timezone);
  const zone = new Zone(zoneKnown ? given.timezone : (zoneName ?? "UTC"));
  const common = { tier, zone, zoneKnown, lastUpdate: instant(given.last_update), units: readUnits(given.units), currency: readCurrency(given.currency), text };
  return tier === "daily" ? { ...common, ...readDay(given, zone, common.units) } : { ...common, ...readBuckets(given, tier, common.units) };
}

function parse(text) {
  try {
    const given = JSON.parse(text);
    if (isObject(given)) return given;
  } catch (error) {
    const cut = !text.trimEnd().endsWith("}");
    throw new Unreadable(cut ? "half" : "corrupt", String(error.message));
  }
  throw new Unreadable("corrupt", "no object");
}

function readDay(given, zone, units) {
  const rows = given.data_points.filter(isObject).map((point) => ({ time: instant(point.timestamp), point }));
  const readable = rows.filter(({ time }) => time !== null).sort((one, other) => one.time - other.time);
  const points = readable.map(({ point }) => point);
  const times = Float64Array.from(readable, ({ time }) => time);
  const today = isObject(given.today) ? readBucket(given.today) : null;
  const named = new Set([...units.keys(), ...(today?.metrics.keys() ?? []), ...numbersOf(points.at(-1) ?? {})]);
  const day = /^\d{4}-\d\d-\d\d$/.test(given.date) && !Number.isNaN(Date.parse(given.date)) ? zone.startOfDate(given.date) : zone.startOfDay(times.at(-1) ?? today?.from ?? 0);
  return { points, times, today, day, buckets: [], metrics: others(named), skipped: given.data_points.length - points.length };
}

function readBuckets(given, tier, units) {
  const read = given.data_points.map((point) => (isObject(point) ? readBucket(point) : null)).filter((bucket) => bucket !== null);
  const sorted = read.sort((one, other) => one.from - other.from);
  // A wrong clock's bucket, of 1970 or 9999, would stretch the chart over all the time between.
  const middle = sorted[Math.floor(sorted.length / 2)]?.from ?? 0;
  const buckets = sorted.filter(({ from }) => Math.abs(from - middle) <= REACH[tier]);
  const named = new Set(units.keys());
  for (const bucket of buckets) for (const name of bucket.metrics.keys()) named.add(name);
  const nothing = { points: [], times: new Float64Array(0), today: null, day: 0 };
  return { ...nothing, buckets, metrics: others(named), skipped: given.data_points.length - buckets.length };
}

/** @param {any} given @returns {Bucket | null} null when it has no time */
function readBucket(given) {
  const from = instant(given.timestamp);
  if (from === null) return null;
  const metrics = new Map();
  for (const [name, value] of Object.entries(given)) {
    const summary = BUCKET_KEYS.has(name) ? null : readSummary(value);
    if (summary !== null) metrics.set(name, summary);
  }
  return {
    from,
    timestamp: given.timestamp,
    metrics,
    energy: number(given.energy_kwh),
    exported: number(given.export_kwh),
    samples: number(given.samples),
    coverage: number(given.coverage),
    corrected: typeof given.corrected === "string" ? given.corrected : null,
    cost: readMoney(given.cost),
    baseFee: readMoney(given.base_fee),
  };
}

/** Mean, minimum and maximum, or null. @param {any} given @returns {Summary | null} */
export function readSummary(given) {
  if (!isObject(given)) return null;
  const mean = number(given.mean);
  return mean === null ? null : { mean, min: number(given.min) ?? mean, max: number(given.max) ?? mean };
}

function readUnits(given) {
  const entries = isObject(given) ? Object.entries(given) : [];
  return new Map(entries.filter(([, unit]) => typeof unit === "string"));
}

const readCurrency = (given) => (typeof given === "string" && /^[A-Z]{3}$/.test(given) ? given : null);
const others = (named) => [...named].filter((name) => name !== "power");
const numbersOf = (point) => Object.keys(point).filter((name) => typeof point[name] === "number");
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** @param {any} value @returns {number | null} */
export const number = (value) => (typeof value === "number" && Number.isFinite(value) ? value : null);

/** Milliseconds since 1970 of a time with an offset, or null. @param {any} value @returns {number | null} */
export function instant(value) {
  if (typeof value !== "string" || !/T.*(Z|[+-]\d\d:\d\d)/.test(value)) return null;
  const time = Date.parse(value);
  return Number.isNaN(time) ? null : time;
}
