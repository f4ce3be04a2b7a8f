// Messages of the monitor into a Status; what does not fit its form is left out.

import { now } from "../clock.js";
import { instant } from "../data/document.js";
import { SERVICES, TIERS, shownTopics } from "./topics.js";

const STATES = ["online", "offline"];
/** How far ahead of this clock a reading may be: the heartbeat at the usual interval, for clocks that differ. */
const AHEAD_MS = 25 * 60_000;

/**
 * Let a connection feed a status, now and after each reconnect.
 * @param {import("./connection.js").Connection} connection
 * @param {string} base
 * @param {import("../status.js").Status} status
 */
export function feed(connection, base, status) {
  for (const filter of shownTopics(base)) {
    connection.subscribe(filter, ({ topic, text }) => take(status, topic.slice(base.length + 1), text));
  }
}

/** @param {import("../status.js").Status} status @param {string} topic without the base @param {string} text the payload */
export function take(status, topic, text) {
  const [first, second] = topic.split("/");
  if (topic === "live") takeReading(status, parse(text), () => true);
  else if (topic === "reading") takeReading(status, parse(text), (time, shown) => time >= shown); // an older one is backfill
  else if (topic === "maintenance") takeMaintenance(status, text);
  else if (first === "file-updated" && TIERS.includes(second)) status.fileUpdated(second);
  else if (first === "alert" && second) takeAlert(status, second, parse(text));
  else if (SERVICES.includes(first)) takeService(status, first, second, text);
}

/** Live values come in their order, so that a clock that was set back heals by itself. */
function takeReading(status, reading, follows) {
  const time = instant(reading?.timestamp);
  if (time === null || time > now() + AHEAD_MS) return;
  if (follows(time, instant(status.state.reading?.timestamp) ?? 0)) status.update({ reading });
}

function takeMaintenance(status, text) {
  if (text === "on" || text === "off") status.update({ maintenance: text });
}

function takeAlert(status, name, alert) {
  const { [name]: _gone, ...others } = status.state.alerts;
  status.update({ alerts: alert === null ? others : { ...others, [name]: alert } });
}

function takeService(status, service, what, text) {
  if (what === "availability" && STATES.includes(text)) status.updateService(service, { availability: text });
  const health = what === "health" ? parse(text) : null;
  if (health !== null) status.updateService(service, { health });
}

/** The JSON object in a text, or null. */
function parse(text) {
  try {
    const value = JSON.parse(text);
    return typeof value === "object" && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}
