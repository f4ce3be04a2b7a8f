// Broker, disk, the remote copy, and when which file is next.

import { element } from "../dom.js";
import { formatAge, formatBytes, formatDateTime, formatShare, formatTime } from "../format.js";
import { instant } from "../data/document.js";
import { t } from "../text/index.js";
import { lines } from "./outcome.js";
import { ago } from "./services.js";
import { count, list, object, text } from "./shape.js";
import { badge, card } from "./view.js";

const LITTLE = 0.1; // of a disk
const GOOD = ["synced", "pushing", "restoring"];
const BAD = ["stopped", "held"];

/** @typedef {Pick<import("./actions.js").Tools, "status" | "zone"> & Record<string, any>} About */

/** @param {About} about */
export function brokerCard({ broker, connection }) {
  const on = connection.state === "on";
  return card(t("admin.broker"), badge(on ? "good" : "warn", t(on ? "admin.connected" : "admin.reconnecting")), [
    [t("admin.version"), broker.version ?? ""],
    // Until its first minute is over the broker says 0.
    [t("admin.uptime"), broker.uptime > 0 && formatAge(broker.uptime)],
    [t("admin.memory"), broker.memory !== null && formatBytes(broker.memory)],
  ]);
}

/** @param {About} about */
export function diskCard({ status }) {
  const disk = object(object(status.state.services.aggregator?.health).disk);
  const spaces = ["data", "state"].map((name) => [name, object(disk[name])]).filter(([, space]) => count(space.total_bytes));
  const shares = spaces.map(([, space]) => (count(space.free_bytes) ?? 0) / space.total_bytes);
  const little = shares.some((share) => share < LITTLE);
  const mark = spaces.length > 0 ? badge(little ? "warn" : "good", t(little ? "admin.disk.little" : "admin.disk.enough")) : badge("", t("admin.unknown"));
  const facts = spaces.map(([name, space], at) => [
    t(`admin.disk.${name}`),
    t("admin.disk.free", { free: formatBytes(space.free_bytes), total: formatBytes(space.total_bytes), share: formatShare(shares[at]) }),
  ]);
  return card(t("admin.disk"), mark, facts);
}

/** @param {About} about @param {number} now */
export function syncCard({ status, zone }, now) {
  const syncer = status.state.services.syncer;
  const health = object(syncer?.health);
  const state = text(health.state);
  if (syncer?.availability === undefined) return card(t("admin.sync"), badge("", t("admin.sync.off")), [], [element("p", { class: "muted small", text: t("admin.sync.off-text") })]);
  const known = [...GOOD, ...BAD, "waiting", "unsynced"].includes(state);
  const kind = GOOD.includes(state) ? "good" : BAD.includes(state) ? "bad" : "warn";
  const held = Object.entries(object(health.held)).map(([path, days]) => t("admin.push.held", { path, count: list(days).length }));
  const gone = syncer.availability !== "online";
  return card(
    t("admin.sync"),
    gone ? badge("bad", t("admin.offline")) : badge(kind, known ? t(`admin.sync.state.${state}`) : state || t("admin.unknown")),
    [
      [t("admin.sync.remote"), text(health.remote)],
      [t("admin.sync.last"), health.last_push ? ago(health.last_push, now) : t("admin.never")],
      [t("admin.sync.waiting"), list(health.unsynced).map(text).join(", ")],
      [t("admin.sync.next"), health.next_attempt ? formatDateTime(instant(health.next_attempt), zone.name) : ""],
      [t("admin.sync.public"), health.public === true ? t("admin.sync.public-text") : ""],
    ],
    [lines(held)],
  );
}

/** @param {About} about @param {number} now */
export function rollupCard({ status, zone }, now) {
  const due = Object.entries(object(object(status.state.services.aggregator?.health).next_rollups)).slice(0, 10);
  const facts = due.map(([tier, at]) => {
    const time = instant(at);
    if (time === null || time <= now) return [`${tier}.json`, formatDateTime(time, zone.name)];
    return [`${tier}.json`, t("admin.at-in", { time: formatTime(time, zone.name), age: formatAge((time - now) / 1000) })];
  });
  return card(t("admin.next-rollups"), null, facts, facts.length === 0 ? [element("p", { class: "muted small", text: t("admin.unknown") })] : []);
}
