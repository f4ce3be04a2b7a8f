// What the services say of themselves, as a function of the live state.

import { instant } from "../data/document.js";
import { element } from "../dom.js";
import { formatAge, formatBytes, formatDateTime } from "../format.js";
import { t } from "../text/index.js";

export const SERVICES = ["collector", "aggregator", "syncer"];

/**
 * The services in cards. Pure but for the elements it makes.
 * @param {import("../status.js").State} state @param {number} time now
 * @param {import("../site.js").Site} site @param {string} zone
 */
export function servicesView(state, time, site, zone) {
  if (state.connection !== "on" && Object.keys(state.services).length === 0) {
    const key = site.published ? "health.published" : site.mqtt === null ? "health.noLive" : "health.noBroker";
    return element("p", { class: "note", text: t(key) });
  }
  return element("div", { class: "stack" }, [
    state.connection !== "on" && element("p", { class: "note warn", text: t("health.lost") }),
    state.maintenance === "on" && element("p", { class: "note warn", text: t("health.maintenance") }),
    element("div", { class: "grid" }, SERVICES.map((name) => serviceCard(name, state.services[name] ?? {}, time, zone))),
  ]);
}

function serviceCard(name, { availability, health }, time, zone) {
  const problems = Array.isArray(health?.problems) ? health.problems : [];
  const [kind, word] = availability === "online" ? (problems.length > 0 ? ["warn", "degraded"] : ["good", "online"]) : availability === "offline" ? ["bad", "offline"] : ["", "unknown"];
  const work = health?.last_work ?? null;
  const worked = instant(work?.at);
  const facts = [
    [t("health.work"), worked === null ? t("health.none") : `${t("ago", { age: formatAge((time - worked) / 1000) })} (${String(work.what)})`],
    [t("health.memory"), formatBytes(health?.memory_bytes)],
    [t("health.version"), typeof health?.version === "string" ? health.version : "–"],
  ];
  return element("section", { class: "panel service" }, [
    element("h3", {}, [`${t(`service.${name}`)} `, element("span", { class: `badge ${kind}`, text: t(`health.${word}`) })]),
    element("p", { class: "muted small", text: t(`service.${name}.does`) }),
    element("dl", { class: "facts" }, facts.flatMap(([term, value]) => [element("dt", { text: term }), element("dd", { text: value })])),
    ...problems.map(problemNote),
    problems.length === 0 && lastError(health?.last_error, zone),
  ]);
}

function problemNote(problem) {
  const hint = typeof problem?.hint === "string" ? problem.hint : "";
  return element("p", { class: "note warn" }, [String(problem?.text), hint && element("span", { class: "hint", text: hint })]);
}

function lastError(error, zone) {
  if (typeof error?.text !== "string") return null;
  return element("p", { class: "muted small", text: t("health.lastError", { text: error.text, time: formatDateTime(instant(error.since), zone) }) });
}
