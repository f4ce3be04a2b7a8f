// Times of day of the house, which say their zone's hour ("02:00 CET") where the clock on the wall shows them twice.

import { formatDateTime, formatSeconds, formatTime, formatZone } from "./format.js";

/** @typedef {(time: number, zone: import("./zone.js").Zone) => string} Write */
const told = (write) => (time, zone) => [write(time, zone.name), zone.isRepeated(time) && formatZone(time, zone.name)].filter(Boolean).join("\u00a0");

/** 14:20. @type {Write} */
export const whenTime = told(formatTime);
/** 14:20:05. @type {Write} */
export const whenSeconds = told(formatSeconds);
/** Sun, 22 Nov, 14:20. @type {Write} */
export const whenDateTime = told(formatDateTime);
