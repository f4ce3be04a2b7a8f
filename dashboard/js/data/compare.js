// Against the time before, from the files at hand. Pure. What is not known well enough is null, and `why` says so.

import { historyOf } from "./history.js";
import { coverageOf, cut, DAYS, slotsOf, summarise } from "./slots.js";

/** Both sides must be known to this part: otherwise a gap would look like thrift. */
export const COMPARABLE = 0.9;
/** Days that must be known for "usual" to mean something. */
export const LEAST_DAYS = 3;

/** Which other file tells of the period before. */
export const COMPANION = { daily: "weekly", weekly: "monthly", monthly: "yearly", yearly: "earlier" };

/**
 * @typedef {ReturnType<typeof summarise>} Summary
 * @typedef {{summary: Summary | null, why: "unknown" | "partial" | "ours" | "away" | null, from: number, to: number}} Before
 * `why` "ours": it is our own period of which too little is known; "away": the file that tells could not be had
 */

/** No comparison while the other file is not there. @param {import("./source.js").SourceState} state @returns {Before} */
export function withoutCompanion({ problem }) {
  return { summary: null, why: problem === null ? null : problem === "missing" ? "unknown" : "away", from: 0, to: 0 };
}

/** The period as long as `document`'s, just before it. @param {any} document @param {any} companion the other file @returns {Before} */
export function periodBefore(document, companion) {
  const slots = slotsOf(document);
  const none = { summary: null, from: 0, to: 0 };
  if (slots.length === 0) return { ...none, why: "unknown" };
  const { zone } = document;
  if (!isComparable(coverageOf(historyOf(document, companion)))) return { ...none, why: "ours" };
  const to = zone.startOfDay(slots[slots.length - 1].to, -DAYS[document.tier]);
  return judge(slotsOf(companion), zone.startOfDay(to, -DAYS[document.tier]), to);
}

/** Whether a period of ours is known well enough to be compared. @param {number | null} coverage null: nobody knows */
export const isComparable = (coverage) => coverage === null || coverage >= COMPARABLE;

/** Yesterday until the same time of day as `time`. @param {any} document @param {any} companion weekly @param {number} time @returns {Before} */
export function yesterdayUntil(document, companion, time) {
  if (time <= document.day) return { summary: null, why: null, from: 0, to: 0 }; // nothing to compare yet
  if (!isComparable(document.today?.coverage ?? null)) return { summary: null, why: "ours", from: 0, to: 0 };
  return judge(slotsOf(companion), document.zone.startOfDay(time, -1), document.zone.sameTime(time, -1));
}

function judge(slots, from, to) {
  const within = cut(slots, from, to);
  const covered = known(within, from, to);
  const why = covered === 0 ? "unknown" : covered < COMPARABLE ? "partial" : null;
  return { summary: why ? null : summarise(within), why, from, to };
}

function known(slots, from, to) {
  const time = slots.reduce((sum, slot) => sum + (slot.bucket ? (slot.to - slot.from) * (slot.bucket.coverage ?? 1) : 0), 0);
  return to > from ? time / (to - from) : 0;
}

/**
 * What the last days used until the same time of day, and what power they had in the same hour.
 * @param {any} document daily @param {any} companion weekly @param {number} time
 * @returns {{energy: Range | null, power: Range | null}}
 * @typedef {{least: number, most: number, days: number}} Range
 */
export function usual(document, companion, time) {
  if (companion === null) return { energy: null, power: null };
  const { zone } = document;
  const slots = slotsOf(companion);
  const days = Array.from({ length: DAYS.weekly }, (_, index) => index + 1);
  const energies = days.map((back) => judge(slots, zone.startOfDay(time, -back), zone.sameTime(time, -back)).summary?.energy);
  const powers = days.map((back) => hourAt(slots, zone.sameTime(time, -back))?.metrics.get("power")?.mean);
  return { energy: range(energies), power: range(powers) };
}

/** The bucket at an instant. @param {import("./slots.js").Slot[]} slots @param {number} time */
export function hourAt(slots, time) {
  return slots.find(({ from, to }) => from <= time && time < to)?.bucket ?? null;
}

function range(values) {
  const found = values.filter((value) => typeof value === "number");
  return found.length < LEAST_DAYS ? null : { least: Math.min(...found), most: Math.max(...found), days: found.length };
}

/** Where a value lies: "less", "usual" or "more"; a tenth beyond what has been is still usual. @param {number | null} value @param {Range | null} range */
export function verdict(value, range) {
  if (range === null || value === null) return null;
  const slack = Math.max(Math.abs(range.most), Math.abs(range.least)) * 0.1;
  if (value < range.least - slack) return "less";
  return value > range.most + slack ? "more" : "usual";
}

/** Change as a part of what was; null where that has no meaning. @param {number | null | undefined} value @param {number | null | undefined} before */
export function change(value, before) {
  if (typeof value !== "number" || typeof before !== "number" || before <= 0 || value < 0) return null;
  return value / before - 1;
}
