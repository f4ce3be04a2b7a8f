// Asking a service for something; whatever happens becomes one kind of answer.

import { ConnectionError } from "../live/connection.js";
import { requestTopic } from "../live/topics.js";
import { t } from "../text/index.js";
import { object, text } from "./shape.js";

const SECOND = 1_000;
/** How long a command may take; the longest include what others are asked for. */
const PATIENCE_MS = {
  collect: 60 * SECOND,
  rollup: 120 * SECOND,
  push: 300 * SECOND,
  fetch: 300 * SECOND,
  backfill: 1_800 * SECOND,
};

/**
 * @typedef {object} Answer
 * @property {boolean} ok the service did it
 * @property {Record<string, any>} data what it answered
 * @property {string} error what went wrong, or ""
 * @property {string} hint what to do next, or ""
 */

/**
 * @callback Ask
 * @param {string} service
 * @param {string} command
 * @param {Record<string, any>} [request]
 * @returns {Promise<Answer>} never rejects
 */

/**
 * @param {import("../live/connection.js").Connection} connection
 * @param {string} base
 * @param {import("../status.js").Status} status
 * @returns {Ask}
 */
export function makeAsk(connection, base, status) {
  return async (service, command, request = {}) => {
    if (connection.state !== "on") return failed(t("admin.failed.away"), "");
    const there = status.state.services[service]?.availability;
    if (there === undefined && service === "syncer") return failed(t("admin.no-remote"), t("admin.no-remote-hint"));
    if (there !== "online") return failed(t("admin.not-running", { service }), t("admin.not-running-hint"));
    try {
      const answer = await connection.request(requestTopic(base, service, command), request, { timeoutMs: PATIENCE_MS[command] });
      return read(answer);
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error;
      return failed(t(`admin.failed.${error.kind}`, { service }), "");
    }
  };
}

function read(answer) {
  const data = object(answer.data);
  if (answer.status === "ok") return { ok: true, data, error: "", hint: "" };
  return failed(text(answer.error) || t("admin.failed.malformed"), text(data.hint));
}

function failed(error, hint) {
  return { ok: false, data: {}, error, hint };
}
