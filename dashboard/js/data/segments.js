// The readings of a day as stretches of known time, for drawing. Pure.
// A reading with an `interval` speaks of [time - seconds, time) and of nothing after; one without holds its value until
// the next reading, for at most the heartbeat. Where intervals overlap, what a person corrected counts, then the one with
// greater coverage, then the shorter, then the later; any wins over a held value. All other time is unknown.

import { number, readSummary } from "./document.js";

/** Columns of equal length; stretches are in order of time and never overlap. */
export class Segments {
  /** @param {number} room */
  constructor(room) {
    this.length = 0;
    this.from = new Float64Array(room);
    this.to = new Float64Array(room);
    this.mean = new Float64Array(room);
    this.min = new Float64Array(room);
    this.max = new Float64Array(room);
    this.coverage = new Float64Array(room);
  }

  /** @param {number} from @param {number} to @param {{mean: number, min: number, max: number}} summary @param {number} coverage */
  push(from, to, { mean, min, max }, coverage) {
    const index = this.length++;
    this.from[index] = from;
    this.to[index] = to;
    this.mean[index] = mean;
    this.min[index] = min;
    this.max[index] = max;
    this.coverage[index] = coverage;
  }

  /** Index of the stretch at `time`, or of the nearest one; -1 when there is none. @param {number} time */
  near(time) {
    let [low, high] = [0, this.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.to[middle] <= time) low = middle + 1;
      else high = middle;
    }
    const before = low - 1;
    return before >= 0 && this.from[low] > time && time - this.to[before] < this.from[low] - time ? before : Math.min(low, this.length - 1);
  }
}

/**
 * @typedef {object} Stretch
 * @property {number} from @property {number} to
 * @property {any} claim the reading that counts then
 */

/**
 * Which reading counts when, in order of time and without overlap: the same for all metrics.
 * @param {import("./document.js").Document} document daily
 * @param {{heartbeat: number, until: number}} limits milliseconds a value may hold; no value holds beyond `until`
 * @returns {Stretch[]}
 */
export function stretchesOf({ points, times, day }, { heartbeat, until }) {
  const claims = points.map((point, index) => {
    const next = index + 1 < points.length ? startOf(points[index + 1], times[index + 1]) : until;
    return claimOf(point, times[index], Math.min(next, times[index] + heartbeat));
  });
  return settled(claims.filter(({ from, to }) => to > Math.max(from, day)).sort((one, other) => one.from - other.from), day);
}

/** Known time of one metric. @param {Stretch[]} stretches @param {string} metric @returns {Segments} */
export function segmentsOf(stretches, metric) {
  const segments = new Segments(stretches.length);
  for (const { from, to, claim } of stretches) {
    const summary = claim.interval === null ? held(own(claim.point, metric)) : readSummary(own(claim.interval, metric));
    if (summary !== null && claim.coverage > 0) segments.push(from, to, summary, metric === "power" ? claim.coverage : 1);
  }
  return segments;
}

/** The time a reading speaks of, and how well: the greater `rank` counts. */
function claimOf(point, time, heldUntil) {
  const interval = intervalOf(point);
  if (interval === null) return { from: time, to: heldUntil, point, interval, coverage: 1, rank: [point.corrected ? 2 : 0] };
  const from = startOf(point, time);
  const coverage = number(interval.coverage) ?? 1;
  return { from, to: time, point, interval, coverage, rank: [point.corrected ? 2 : 1, coverage, -interval.seconds, time] };
}

/** Who counts when: stretches in order of time that never overlap. @param {any[]} claims in order of `from` @param {number} day nothing counts before it */
function settled(claims, day) {
  const found = [];
  for (let first = 0; first < claims.length; ) {
    let [next, reached] = [first + 1, claims[first].to];
    while (next < claims.length && claims[next].from < reached) reached = Math.max(reached, claims[next++].to);
    found.push(...(next === first + 1 ? [{ from: Math.max(claims[first].from, day), to: reached, claim: claims[first] }] : shared(claims.slice(first, next), day)));
    first = next;
  }
  return found;
}

/** Between any two edges of claims that overlap the best of them counts. */
function shared(claims, day) {
  const edges = [...new Set(claims.flatMap(({ from, to }) => [Math.max(from, day), to]))].sort((one, other) => one - other);
  const found = [];
  let [begun, open] = [0, []]; // only the few that are open at an edge are compared
  edges.slice(1).forEach((to, index) => {
    const from = edges[index];
    while (begun < claims.length && claims[begun].from <= from) open.push(claims[begun++]);
    open = open.filter((one) => one.to > from);
    const claim = open.reduce((best, one) => (outranks(best, one) ? best : one));
    const last = found[found.length - 1];
    if (last?.claim === claim) last.to = to;
    else found.push({ from, to, claim });
  });
  return found;
}

function outranks({ rank }, other) {
  const differs = rank.findIndex((value, index) => value !== other.rank[index]);
  return differs >= 0 && rank[differs] > other.rank[differs];
}

function intervalOf(point) {
  return typeof point.interval === "object" && number(point.interval?.seconds) > 0 ? point.interval : null;
}

function startOf(point, time) {
  const interval = intervalOf(point);
  return interval ? time - interval.seconds * 1000 : time;
}

function held(value) {
  return number(value) === null ? null : { mean: value, min: value, max: value };
}

const own = (object, key) => (Object.hasOwn(object, key) ? object[key] : undefined);

/** The usual distance of readings in milliseconds, or null with fewer than two. @param {Float64Array} times */
export function usualDistance(times) {
  if (times.length < 2) return null;
  const gaps = Float64Array.from({ length: times.length - 1 }, (_, index) => times[index + 1] - times[index]).sort();
  return gaps[gaps.length >> 1];
}
