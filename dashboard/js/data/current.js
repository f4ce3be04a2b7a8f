// The newest power that is known: a live message, or the last reading of the file. Pure.

import { instant, number } from "./document.js";

/**
 * @param {import("../status.js").State} status @param {import("./document.js").Document | null} document daily
 * @returns {{value: number | null, time: number | null, live: boolean}}
 */
export function currentOf(status, document) {
  const time = document?.times.at(-1) ?? null;
  const told = instant(status.reading?.timestamp);
  if (told !== null && (time === null || told >= time)) return { value: number(status.reading?.power), time: told, live: status.connection === "on" };
  return { value: number(document?.points.at(-1)?.power), time, live: false };
}
