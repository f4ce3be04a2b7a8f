// One service: whether it is there, what it last did, what stands in its way and what to do about it.

import { element } from "../dom.js";
import { formatAge, formatBytes, formatNumber } from "../format.js";
import { instant, number } from "../data/document.js";
import { t } from "../text/index.js";
import { hint } from "./outcome.js";
import { count, list, object, text } from "./shape.js";
import { badge, card } from "./view.js";

/**
 * @param {string} name
 * @param {{availability?: string, health?: any} | undefined} service as its retained messages say; undefined: never heard
 * @param {number} now
 */
export function serviceCard(name, service, now) {
  const health = object(service?.health);
  const last = object(health.last_work);
  const facts = [
    [t("admin.version"), text(health.version)],
    [t("admin.uptime"), service?.availability === "online" && count(health.uptime_seconds) !== null && formatAge(health.uptime_seconds)],
    [t("admin.memory"), count(health.memory_bytes) !== null && formatBytes(health.memory_bytes)],
    [t("admin.last-work"), last.what && t("admin.what-ago", { what: text(last.what), ago: ago(last.at, now) })],
  ];
  return card(t(`admin.service.${name}`), mark(service, health), facts, [
    ...problems(health, now),
    more(health, now),
  ]);
}

/** "3 minutes ago", by the page's clock. @param {any} at a timestamp @param {number} now */
export function ago(at, now) {
  const time = instant(at);
  return time === null ? t("admin.unknown") : t("admin.ago", { age: formatAge(Math.max(0, now - time) / 1000) });
}

function mark(service, health) {
  if (service?.availability === undefined) return badge("", t("admin.never-heard"));
  if (service.availability !== "online") return badge("bad", t("admin.offline"));
  return health.status === "degraded" ? badge("warn", t("admin.degraded")) : badge("good", t("admin.online"));
}

function problems(health, now) {
  const open = list(health.problems).map(object);
  const shown = open.map((problem) => trouble("warn", text(problem.text), problem, now));
  const last = object(health.last_error);
  const over = last.text && !open.some((problem) => problem.name === last.name);
  return over ? [...shown, trouble("", t("admin.last-error", { text: text(last.text) }), last, now)] : shown;
}

function trouble(kind, said, problem, now) {
  return element("div", { class: `note ${kind} small` }, [
    element("p", { text: said }),
    element("p", { class: "muted", text: ago(problem.since, now) }),
    text(problem.hint) && hint(text(problem.hint)),
  ]);
}

/** What it did and how often, for who wants to know. */
function more(health, now) {
  const work = Object.entries(object(health.work)).map(([what, at]) => [what, ago(at, now)]);
  const counters = Object.entries(object(health.counters)).map(([what, times]) => [what.replaceAll("_", " "), formatNumber(number(times))]);
  const rows = [...work, ...counters].slice(0, 60);
  return rows.length > 0 && element("details", {}, [
    element("summary", { text: t("admin.more") }),
    element("dl", { class: "facts small" }, rows.flatMap(([what, said]) => [element("dt", { text: what }), element("dd", { text: said })])),
  ]);
}
