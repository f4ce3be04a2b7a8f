// Where a time axis has its marks and what they say, in the house's zone. Pure.

import { formatHour, formatMonth, formatShortDay, formatWeekdayDate } from "../format.js";

/**
 * @typedef {{time: number, text: string}} Mark
 * @typedef {(zone: import("../zone.js").Zone, from: number, to: number, width: number) => Mark[]} Marks `width` in pixels
 */

const HOUR_STEPS = [1, 2, 3, 6, 12];
const ROOM = 46; // pixels of a label

/** Round hours of a day, whatever its length. @type {Marks} */
export function hourMarks(zone, from, to, width) {
  const step = HOUR_STEPS.find((hours) => (24 / hours) * ROOM <= width) ?? 24;
  const hours = zone.hours(from, to).filter((time) => {
    const { hour, minute } = zone.local(time);
    return minute === 0 && hour % step === 0;
  });
  return hours.map((time) => ({ time, text: formatHour(time, zone.name) }));
}

/** The middle of so many days that their weekdays have room. @type {Marks} */
export const weekdayMarks = (zone, from, to, width) => dayMarks(zone, from, to, width, formatWeekdayDate);

/** The middle of so many days that their dates have room. @type {Marks} */
export const dateMarks = (zone, from, to, width) => dayMarks(zone, from, to, width, formatShortDay);

function dayMarks(zone, from, to, width, write) {
  const days = zone.days(zone.startOfDay(from), to);
  const every = Math.max(1, Math.ceil((days.length * (ROOM + 8)) / width));
  const chosen = days.filter((_, index) => (days.length - 1 - index) % every === 0);
  return chosen.map((start) => ({ time: (start + zone.nextDay(start)) / 2, text: write(start, zone.name) }));
}

/** The first of so many months that their names have room; of a short time its dates. @type {Marks} */
export function monthMarks(zone, from, to, width) {
  const firsts = zone.days(from, to).filter((time) => zone.local(time).day === 1);
  if (firsts.length < 2) return dateMarks(zone, from, to, width);
  const every = Math.max(1, Math.ceil((firsts.length * (ROOM - 6)) / width));
  return firsts.filter((_, index) => index % every === 0).map((time) => ({ time, text: formatMonth(time, zone.name) }));
}

/** The stretches of [from, to) that are weekend. @param {import("../zone.js").Zone} zone @param {number} from @param {number} to */
export function weekends(zone, from, to) {
  const days = zone.days(zone.startOfDay(from), to).filter((start) => zone.isWeekend(start));
  return days.map((start) => ({ from: Math.max(start, from), to: Math.min(zone.nextDay(start), to) }));
}
