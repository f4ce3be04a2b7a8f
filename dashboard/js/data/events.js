// events.json as the browser knows it: the alerts that are on and those that are over. What does not fit is left out.

import { now } from "../clock.js";
import { isZone } from "../zone.js";
import { instant } from "./document.js";

const FILE = "events.json";
const EVERY_MS = 60_000;
const TIMEOUT_MS = 20_000;

/**
 * @typedef {object} AlertEvent
 * @property {string} name
 * @property {number | null} since null: no clock could tell
 * @property {number | null} until null: it is on
 * @property {string} text as the monitor says it
 *
 * @typedef {{events: AlertEvent[], zone: string | null}} Events events in the order of the file
 */

/** @param {string} text @returns {Events | null} null when nobody can read it */
export function readEvents(text) {
  try {
    const { events, timezone } = JSON.parse(text);
    if (!Array.isArray(events)) return null;
    return { events: events.map(event).filter((one) => one !== null), zone: isZone(timezone) ? timezone : null };
  } catch {
    return null;
  }
}

function event(raw) {
  if (typeof raw?.name !== "string") return null;
  const [since, until] = [instant(raw.since), instant(raw.until)];
  if (raw.until !== null && until === null) return null;
  return { name: raw.name, since, until, text: typeof raw.text === "string" ? raw.text : "" };
}

/** Tells "change" when there is something new. */
export class EventsFile extends EventTarget {
  #asked = -Infinity;
  #text = "";
  /** @type {Events | null} null: not known yet, or not readable */
  events = null;

  /** Ask, at most once a minute. */
  async refresh() {
    if (now() - this.#asked < EVERY_MS) return;
    this.#asked = now();
    const answer = await fetch(FILE, { cache: "no-cache", signal: AbortSignal.timeout(TIMEOUT_MS) }).catch(() => null);
    if (!answer?.ok) return; // what was there stays; the files below say that there is no connection
    const text = await answer.text().catch(() => this.#text);
    if (text === this.#text) return;
    this.#text = text;
    this.events = readEvents(text);
    this.dispatchEvent(new Event("change"));
  }

  /** Ask as soon as may be: an alert has begun or ended. */
  hurry() {
    this.#asked = -Infinity;
  }
}
