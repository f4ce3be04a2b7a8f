// Spans without power or data: where they are and how much of them is unknown. Pure.

/**
 * @typedef {{from: number, to: number, unknown: number}} Span `unknown`: milliseconds, up to all of the span
 */

const FULL = 0.9995;
const LEAST_MS = 60_000;

/**
 * Stretches that are not wholly known, neighbours joined, in order of time.
 * @param {{from: number, to: number, coverage: number | null}[]} stretches known ones in order; null: nobody knows
 * @param {number} from @param {number} to the time that should be known
 * @param {number} [least] milliseconds; less is not told
 * @returns {Span[]}
 */
export function unknownSpans(stretches, from, to, least = LEAST_MS) {
  const spans = [];
  const add = (start, end, unknown) => {
    const last = spans[spans.length - 1];
    if (last && last.to >= start) Object.assign(last, { to: end, unknown: last.unknown + unknown });
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
