// How often readings come, and how long one may speak. Pure.

import { usualDistance } from "./segments.js";

/** Collection intervals that a value may hold; the aggregator's rule. */
export const HEARTBEATS = 2.5;
const DEFAULT_SECONDS = 600;
/** The aggregator writes a large daily.json less often: so many milliseconds apart for each byte, up to a minute. */
const SPACING_PER_BYTE = 6 / 1000;
const LONGEST_SPACING = 60_000;

/** Seconds between readings: what the installation says, else what the readings show. @param {{collectionSeconds: number | null}} site @param {Float64Array} [times] */
export function collectionSeconds(site, times) {
  const seen = times ? usualDistance(times) : null;
  return site.collectionSeconds ?? (seen ? seen / 1000 : DEFAULT_SECONDS);
}

/** Milliseconds that may pass between two writings of this daily.json. @param {import("./document.js").Document} document */
export const writeSpacing = ({ text }) => Math.min(LONGEST_SPACING, text.length * SPACING_PER_BYTE);
