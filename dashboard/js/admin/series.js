// One metric of today's readings as columns of a drawing, and the reading next to an instant. Pure.

import { number, readSummary } from "../data/document.js";

/**
 * @typedef {{low: number, high: number, value: number}} Extent of one reading
 * @typedef {{x: number, low: number, high: number, value: number}} Column in parts of the drawing's width, and in units
 */

/** What a reading says of a metric; null: nothing. @param {any} point @param {string} metric @returns {Extent | null} */
export function extentOf(point, metric) {
  const value = number(point[metric]);
  const interval = readSummary(point.interval?.[metric]);
  if (value === null && interval === null) return null;
  const known = [value, interval?.min, interval?.max].filter((one) => typeof one === "number");
  return { low: Math.min(...known), high: Math.max(...known), value: interval?.mean ?? value };
}

/**
 * @param {ArrayLike<number>} times @param {any[]} points @param {string} metric
 * @param {number} from @param {number} to instants at the drawing's edges
 * @param {number} columns how many there may be
 * @returns {Column[]}
 */
export function columnsOf(times, points, metric, from, to, columns) {
  const made = new Map();
  points.forEach((point, at) => {
    const extent = extentOf(point, metric);
    if (extent === null) return;
    const key = Math.min(Math.floor(((times[at] - from) / (to - from)) * columns), columns - 1);
    const old = made.get(key);
    const x = old ? old.x : (times[at] - from) / (to - from);
    made.set(key, { x, low: Math.min(extent.low, old?.low ?? extent.low), high: Math.max(extent.high, old?.high ?? extent.high), value: extent.value });
  });
  return [...made.values()];
}

/** The index of the time nearest to an instant; -1 when there is none. @param {ArrayLike<number>} times in order @param {number} wanted */
export function nearest(times, wanted) {
  let [low, high] = [0, times.length - 1];
  if (high < 0) return -1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] < wanted) low = middle + 1;
    else high = middle;
  }
  return low > 0 && wanted - times[low - 1] < times[low] - wanted ? low - 1 : low;
}
