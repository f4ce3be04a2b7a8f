// A date and time as a browser's field has it ("2026-11-22T14:30"), in the house's zone. Pure.

/** @param {import("../zone.js").Zone} zone @param {number} time @returns {string} */
export function toField(zone, time) {
  return new Date(time + zone.offset(time)).toISOString().slice(0, 19);
}

/**
 * The instants that the field may mean, in order: none when it is empty or wrong, two of an hour that comes twice, the
 * one after of an hour that is left out.
 * @param {import("../zone.js").Zone} zone @param {string} field
 * @returns {number[]}
 */
export function instantsOf(zone, field) {
  const local = Date.parse(`${field}Z`);
  if (Number.isNaN(local)) return [];
  const guesses = [-1, 1].map((side) => local - zone.offset(local + side * 86_400_000));
  const right = guesses.filter((time) => time + zone.offset(time) === local);
  return right.length > 0 ? [...new Set(right)].sort((one, other) => one - other) : [Math.max(...guesses)];
}

/** The first of them, or null. @param {import("../zone.js").Zone} zone @param {string} field @returns {number | null} */
export const fromField = (zone, field) => instantsOf(zone, field)[0] ?? null;
