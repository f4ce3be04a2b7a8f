// The buckets of a file with the empty places between them, and what they are together. Pure.

import { partOf, totalCost } from "./cost.js";

/**
 * @typedef {object} Slot an hour or a day
 * @property {number} from
 * @property {number} to
 * @property {import("./document.js").Bucket | null} bucket null: nothing is known of it
 * @property {boolean} weekend
 */

/** Days a file covers. */
export const DAYS = { weekly: 7, monthly: 30, yearly: 365, earlier: 365 };
const FULL = 0.99; // a few minutes of a day don't change how it looks
const LEAST_DAYS = 7; // a young history is not drawn as two giant bars

const made = new WeakMap();

/** Each hour or day of the file, known or not. @param {import("./document.js").Document} document @returns {Slot[]} */
export function slotsOf(document) {
  if (!made.has(document)) made.set(document, makeSlots(document));
  return made.get(document);
}

function makeSlots({ tier, zone, buckets, lastUpdate }) {
  if (buckets.length === 0) return [];
  const next = tier === "weekly" ? (time) => zone.nextHour(time) : (time) => zone.nextDay(time);
  const starts = tier === "weekly" ? (from, to) => zone.hours(from, to) : (from, to) => zone.days(from, to);
  const [first, last] = [buckets[0].from, buckets[buckets.length - 1].from];
  const latest = zone.nextDay(last);
  // What is newer by more than the file covers would have left nothing in it: such a time is wrong.
  const told = lastUpdate === null ? latest : Math.min(lastUpdate, zone.startOfDay(latest, DAYS[tier]));
  const end = Math.max(zone.startOfDay(told), latest);
  const begin = Math.min(first, Math.max(zone.startOfDay(end, -DAYS[tier]), Math.min(zone.startOfDay(first), zone.startOfDay(end, -LEAST_DAYS))));
  const slots = [];
  const add = (from, to, bucket) => slots.push({ from, to, bucket, weekend: zone.isWeekend(from) });
  const fill = (from, to) => {
    const edges = [from, ...starts(from + 1, to), to];
    for (let index = 0; index + 1 < edges.length; index += 1) add(edges[index], edges[index + 1], null);
  };
  let reached = begin;
  buckets.forEach((bucket, index) => {
    if (bucket.from > reached) fill(reached, bucket.from);
    const following = index + 1 < buckets.length ? buckets[index + 1].from : Infinity;
    reached = Math.min(next(bucket.from), following);
    add(bucket.from, reached, bucket);
  });
  if (reached < end) fill(reached, end);
  return slots;
}

/** Whether so little is known that it should look so. @param {number | null} coverage null: nobody knows */
export const isPartial = (coverage) => coverage !== null && coverage < FULL;

/**
 * What buckets are together: energies are sums, the mean is weighted by known time. Null where nothing is known.
 * `coverage` is the known part of the time between the first and the last known bucket.
 * @param {Slot[]} slots
 */
export function summarise(slots) {
  const known = slots.filter(({ bucket }) => bucket !== null);
  const power = known.filter(({ bucket }) => bucket.metrics.has("power"));
  const weight = ({ from, to, bucket }) => (to - from) * (bucket.coverage ?? 1);
  const values = (key) => known.map(({ bucket }) => bucket[key]).filter((value) => value !== null);
  const total = (key) => (values(key).length > 0 ? values(key).reduce((sum, value) => sum + value, 0) : null);
  const time = power.reduce((sum, slot) => sum + weight(slot), 0);
  const each = (key) => power.map(({ bucket }) => bucket.metrics.get("power")[key]);
  return {
    energy: total("energy"),
    exported: total("exported"),
    cost: totalCost(slots.map(({ bucket }) => bucket)),
    mean: time > 0 ? power.reduce((sum, slot) => sum + weight(slot) * slot.bucket.metrics.get("power").mean, 0) / time : null,
    min: power.length > 0 ? Math.min(...each("min")) : null,
    max: power.length > 0 ? Math.max(...each("max")) : null,
    coverage: coverageOf(slots),
  };
}

/** The known part of slots' time; imported totals, of which nobody knows, don't count. @param {Slot[]} slots */
export function coverageOf(slots) {
  const counted = slots.filter(({ bucket }) => bucket === null || bucket.coverage !== null);
  const all = counted.reduce((sum, { from, to }) => sum + to - from, 0);
  const known = counted.reduce((sum, { from, to, bucket }) => sum + (to - from) * (bucket?.coverage ?? 0), 0);
  return all > 0 ? known / all : null;
}

/** Without the empty slots before the first known one. @param {Slot[]} slots */
export function sinceFirst(slots) {
  const first = slots.findIndex(({ bucket }) => bucket !== null);
  return first < 0 ? [] : slots.slice(first);
}

/** The part of slots in [from, to); one that crosses an edge gives its energy by time. @param {Slot[]} slots @param {number} from @param {number} to @returns {Slot[]} */
export function cut(slots, from, to) {
  return slots
    .filter((slot) => slot.to > from && slot.from < to)
    .map((slot) => {
      const [start, end] = [Math.max(slot.from, from), Math.min(slot.to, to)];
      const part = (end - start) / (slot.to - slot.from);
      const scaled = (value) => (value === null ? null : value * part);
      const { bucket } = slot;
      return { ...slot, from: start, to: end, bucket: bucket && { ...bucket, energy: scaled(bucket.energy), exported: scaled(bucket.exported), cost: partOf(bucket.cost, part) } };
    });
}
