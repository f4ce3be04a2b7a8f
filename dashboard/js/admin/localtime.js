// A date and time as a browser's field has it ("2026-11-22T14:30"), in the house's zone. Pure.

/** @param {import("../zone.js").Zone} zone @param {number} time @returns {string} */
export function toField(zone, time) {
  return new Date(time + zone.offset(time)).toISOString().slice(0, 19);
}

/**
 * The instant, or null when the field is empty or wrong; of an hour that comes twice the first, of one that is left out
 * the one after.
 * @param {import("../zone.js").Zone} zone @param {string} field
 * @returns {number | null}
 */
export function fromField(zone, field) {
  const local = Date.parse(`${field}Z`);
  if (Number.isNaN(local)) return null;
  const guesses = [-1, 1].map((side) => local - zone.offset(local + side * 86_400_000));
  const right = guesses.filter((time) => time + zone.offset(time) === local);
  return right.length > 0 ? Math.min(...right) : Math.max(...guesses);
}
