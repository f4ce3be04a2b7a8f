// Making a long day fit the screen: at most one stretch for each pixel column. Pure.
// Minimum and maximum stay exact, the mean is weighted by time, and a gap that is wider than a column stays a gap.

import { Segments } from "../data/segments.js";

/**
 * @param {Segments} given @param {number} from @param {number} to the axis @param {number} columns pixels it has
 * @returns {Segments} the same object when it is short enough
 */
export function fit(given, from, to, columns) {
  if (given.length <= columns) return given;
  const width = (to - from) / columns;
  const fitted = new Segments(columns + 1);
  for (let index = 0; index < given.length; ) {
    const column = Math.floor((given.from[index] - from) / width);
    let [weight, sum, min, max, known] = [0, 0, Infinity, -Infinity, 0];
    const start = index;
    for (; index < given.length && Math.floor((given.from[index] - from) / width) === column; index += 1) {
      const length = given.to[index] - given.from[index];
      weight += length;
      sum += length * given.mean[index];
      known += length * given.coverage[index];
      min = Math.min(min, given.min[index]);
      max = Math.max(max, given.max[index]);
    }
    fitted.push(given.from[start], given.to[index - 1], { mean: sum / weight, min, max }, known / weight);
  }
  return fitted;
}

/**
 * The corners of a line of steps, with a hole where stretches don't touch.
 * @param {Segments} segments @param {"mean" | "min" | "max"} key @param {number} [touching] milliseconds that are no gap
 * @returns {{x: number, y: number}[]} y is NaN in a hole
 */
export function steps(segments, key, touching = 1000) {
  const points = [];
  for (let index = 0; index < segments.length; index += 1) {
    const [from, to, y] = [segments.from[index], segments.to[index], segments[key][index]];
    const apart = index > 0 && from - segments.to[index - 1] > touching;
    if (apart) points.push({ x: from, y: NaN });
    points.push({ x: from, y }, { x: to, y });
  }
  return points;
}
