// How often readings come, and how long one may speak. Pure.

import { usualDistance } from "./segments.js";

/** Collection intervals that a value may hold; the aggregator's rule. */
export const HEARTBEATS = 2.5;
const DEFAULT_SECONDS = 600;

/** Seconds between readings: what the installation says, else what the readings show. @param {{collectionSeconds: number | null}} site @param {Float64Array} [times] */
export function collectionSeconds(site, times) {
  const seen = times ? usualDistance(times) : null;
  return site.collectionSeconds ?? (seen ? seen / 1000 : DEFAULT_SECONDS);
}
