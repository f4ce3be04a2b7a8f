// What of a file's window the house has a history of. Pure. An empty begin is a young house's where no file knows of
// anything before it; where the longer file does, it is a gap like any other.

import { DAYS, sinceFirst, slotsOf } from "./slots.js";

/**
 * The slots of the time that should be known: from the first known one, or from where the longer file's history
 * begins within the window.
 * @param {import("./document.js").Document} document weekly, monthly or yearly
 * @param {import("./document.js").Document | null} companion the file that reaches further back, if there is one
 * @returns {import("./slots.js").Slot[]}
 */
export function historyOf(document, companion) {
  const slots = slotsOf(document);
  const known = sinceFirst(slots);
  const earlier = companion?.buckets[0]?.from ?? Infinity;
  const { zone } = document;
  if (known.length === 0 || earlier >= zone.startOfDay(known[0].from)) return known;
  const begin = Math.max(zone.startOfDay(slots[slots.length - 1].to, -DAYS[document.tier]), zone.startOfDay(earlier));
  const missing = zone.days(begin, slots[0].from).map((from) => empty(from, Math.min(zone.nextDay(from), slots[0].from), zone));
  return [...missing, ...slots.filter(({ from }) => from >= begin)];
}

/** What a chart shows: all that should be known, and a young house's empty days where the file has them. @param {any} document @param {any} companion */
export function shownSlots(document, companion) {
  const [slots, history] = [slotsOf(document), historyOf(document, companion)];
  return history.length > slots.length ? history : slots;
}

const empty = (from, to, zone) => ({ from, to, bucket: null, weekend: zone.isWeekend(from) });
