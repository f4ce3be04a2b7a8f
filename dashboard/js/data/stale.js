// Whether a file is older than it should be. Pure.

import { HEARTBEATS, writeSpacing } from "./heartbeat.js";

const MINUTE = 60_000;
/** When each file is made, after the local day began (docs/files.md), and how much later is still fine. */
const DUE = { weekly: 2 * MINUTE, monthly: 5 * MINUTE, yearly: 15 * MINUTE };
const GRACE = 15 * MINUTE;
/** The published copy is an hour old by design, and takes some minutes to appear. */
const PUBLISHED = 90 * MINUTE;

/**
 * Since when `document` is late, or null while it is not.
 * @param {import("./document.js").Document} document @param {number} now
 * @param {{collectionSeconds: number, published: boolean}} site
 * @returns {number | null} the instant by which news should have been there
 */
export function lateSince(document, now, { collectionSeconds, published }) {
  const { tier, zone, lastUpdate } = document;
  if (lastUpdate === null) return null;
  const slack = published ? PUBLISHED : 0;
  if (tier === "daily") {
    const due = lastUpdate + collectionSeconds * 1000 * HEARTBEATS + MINUTE / 2 + writeSpacing(document) + slack;
    return now > due ? due : null;
  }
  const today = zone.startOfDay(now) + DUE[tier];
  const due = now >= today + GRACE + slack ? today : zone.startOfDay(now, -1) + DUE[tier];
  return lastUpdate < due ? due : null;
}
