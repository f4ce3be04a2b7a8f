// What other programs sent, taken only as far as it has the form it should have. Pure.

const LONGEST_TEXT = 1_000;
const LONGEST_LIST = 500;

/** @param {any} value @returns {Record<string, any>} itself, or an empty object */
export const object = (value) => (isObject(value) ? value : {});

/** @param {any} value @returns {any[]} itself as far as anybody reads, or an empty list */
export const list = (value) => (Array.isArray(value) ? value.slice(0, LONGEST_LIST) : []);

/** @param {any} value @returns {string} text or a number as text, or "" */
export function text(value) {
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (typeof value !== "string") return "";
  return value.length > LONGEST_TEXT ? `${value.slice(0, LONGEST_TEXT)}…` : value;
}

/** @param {any} value @returns {number | null} */
export const count = (value) => (typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : null);

/** JSON as people read it; what is too long is cut. @param {any} value */
export function pretty(value) {
  const whole = JSON.stringify(value, null, 2) ?? "";
  return whole.length > 20 * LONGEST_TEXT ? `${whole.slice(0, 20 * LONGEST_TEXT)}\n…` : whole;
}

function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
