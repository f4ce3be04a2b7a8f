// Money: exact amounts, as whole numbers of a very small part of the currency; rounded only where they are shown. Pure.

const DIGITS = 12; // after the point: an energy has 6, a price has 6
const AMOUNT = /^(-?)(\d+)(?:\.(\d{1,12}))?$/;

/** The amount of a text such as "8.9844078459"; null for what is none. @param {any} text @returns {bigint | null} */
export function readMoney(text) {
  const match = typeof text === "string" ? AMOUNT.exec(text) : null;
  if (match === null) return null;
  const units = BigInt(match[2] + (match[3] ?? "").padEnd(DIGITS, "0"));
  return match[1] ? -units : units;
}

/** The amount as an exact decimal text, which Intl can round. @param {bigint} amount @returns {string} */
export function moneyText(amount) {
  const digits = String(amount < 0n ? -amount : amount).padStart(DIGITS + 1, "0");
  return `${amount < 0n ? "-" : ""}${digits.slice(0, -DIGITS)}.${digits.slice(-DIGITS)}`.replace(/\.?0+$/, "");
}

/** A part of an amount, for comparisons. @param {bigint | null} amount @param {number} part 0 to 1 @returns {bigint | null} */
export function partOf(amount, part) {
  return amount === null || part === 1 ? amount : (amount * BigInt(Math.round(part * 1e9))) / 1_000_000_000n;
}

/**
 * What buckets cost together: null when nothing of it is known. `missing` counts those whose energy is known and whose
 * cost is not: then the sum is not that of all.
 * @param {(import("./document.js").Bucket | null)[]} buckets
 * @returns {{cost: bigint | null, missing: number}}
 */
export function totalCost(buckets) {
  const known = buckets.filter((bucket) => typeof bucket?.cost === "bigint");
  const missing = buckets.filter((bucket) => typeof bucket?.energy === "number" && bucket.cost === null).length;
  return { cost: known.length > 0 ? known.reduce((sum, { cost }) => sum + cost, 0n) : null, missing };
}
