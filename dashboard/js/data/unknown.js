// Spans without power or data: where they are and how much of them is unknown. Pure.

/**
 * @typedef {{from: number, to: number, unknown: number}} Span `unknown`: milliseconds, up to all of the span
 */

const FULL = 0.9995; // what rounds to 100.0 % is whole
const LEAST_MS = 60_000;
const LONG_MS = 12 * 3_600_000;

/**
 * Stretches that are not wholly known, in order of time. Neighbours are joined where that says something: two days
 * that each miss some minutes are two spans, unless one of them is wholly unknown; shorter stretches always are one.
 * @param {{from: number, to: number, coverage: number | null}[]} stretches known ones in order; null: nobody knows
 * @param {number} from @param {number} to the time that should be known
 * @param {number} [least] milliseconds; less is not told
 * @returns {Span[]}
 */
export function unknownSpans(stretches, from, to, least = LEAST_MS) {
  const spans = [];
  const add = (start, end, unknown) => {
    const last = spans[spans.length - 1];
    const long = last && end - start > LONG_MS && last.to - last.from > LONG_MS;
    const empty = last && (unknown === end - start || last.unknown === last.to - last.from);
    if (last && last.to >= start && (empty || !long)) Object.assign(last, { to: end, unknown: last.unknown + unknown });
    else spans.push({ from: start, to: end, unknown });
  };
  let reached = from;
  for (const { from: start, to: end, coverage } of stretches) {
    if (end <= reached || start >= to) continue;
    const begins = Math.max(start, reached);
    if (begins > reached) add(reached, begins, begins - reached);
    const length = Math.min(end, to) - begins;
    if (coverage !== null && coverage < FULL) add(begins, begins + length, length * (1 - coverage));
    reached = Math.min(end, to);
  }
  if (to > reached) add(reached, to, to - reached);
  return spans.filter(({ unknown }) => unknown >= least);
}
