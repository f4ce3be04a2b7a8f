// The readings of a day as stretches of known time, for drawing. Pure.
// A reading with an `interval` speaks of [time - seconds, time) and of nothing after; one without holds its value until
// the next reading, for at most the heartbeat. An interval wins over a held value. All other time is unknown.

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
 * Known time of one metric.
 * @param {import("./document.js").Document} document daily
 * @param {string} metric
 * @param {{heartbeat: number, until: number}} limits milliseconds a value may hold; no value holds beyond `until`
 * @returns {Segments}
 */
export function segmentsOf({ points, times, day }, metric, { heartbeat, until }) {
  const found = new Segments(points.length);
  let reached = day;
  points.forEach((point, index) => {
    const interval = intervalOf(point);
    const next = index + 1 < points.length ? startOf(points[index + 1], times[index + 1]) : until;
    const from = Math.max(interval ? times[index] - interval.seconds * 1000 : times[index], reached);
    const to = interval ? times[index] : Math.min(next, times[index] + heartbeat);
    const summary = interval ? readSummary(own(interval, metric)) : held(own(point, metric));
    const coverage = interval && metric === "power" ? (number(interval.coverage) ?? 1) : 1;
    if (to <= from) return;
    reached = to;
    if (summary !== null && coverage > 0) found.push(from, to, summary, coverage);
  });
  return found;
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
