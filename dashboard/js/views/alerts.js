// The alerts: which are on, and which are over, with their length.

import { element } from "../dom.js";
import { formatDuration } from "../format.js";
import { t } from "../text/index.js";
import { whenDateTime, whenTime } from "../when.js";

const NAMES = ["power-cut", "power-high", "energy-day", "no-reading", "sync-old", "remote-lost", "disk-full", "clock", "restarts"];
const SHOWN = 6;

/**
 * @param {import("../data/events.js").Events | null} known
 * @param {import("../zone.js").Zone} zone
 */
export function alertsView(known, zone) {
  const heading = element("h2", { text: t("alerts.title") });
  if (known === null) return element("section", { class: "panel outages" }, [heading, element("p", { class: "muted", text: t("alerts.unknown") })]);
  const on = known.events.filter(({ until }) => until === null).reverse();
  const over = known.events.filter(({ until }) => until !== null).reverse();
  return element("section", { class: "panel outages" }, [
    heading,
    ...on.map((event) => current(event, zone)),
    on.length === 0 && element("p", { class: "muted", text: t("alerts.none") }),
    over.length > 0 && element("h3", { text: t("alerts.over") }),
    over.length > 0 && element("ul", {}, over.slice(0, SHOWN).map((event) => past(event, zone))),
    over.length > SHOWN && more(over.slice(SHOWN), zone),
  ]);
}

function title(name) {
  return NAMES.includes(name) ? t(`alert.${name}`) : name;
}

function current({ name, since, text }, zone) {
  const begun = since === null ? "" : t("alerts.since", { from: whenDateTime(since, zone) });
  return element("p", { class: "note bad" }, [element("strong", { text: title(name) }), begun && ` ${begun}`, element("span", { class: "hint", text, attributes: { lang: "en" } })]);
}

function past({ name, since, until }, zone) {
  const span = since === null ? t("alerts.until", { to: whenDateTime(until, zone) }) : spanText(since, until, zone);
  const length = since === null ? "" : formatDuration((until - since) / 1000);
  return element("li", {}, [element("span", {}, [element("strong", { text: title(name) }), ` ${span}`]), element("strong", { class: "number", text: length })]);
}

function spanText(since, until, zone) {
  const sameDay = zone.date(since) === zone.date(until);
  return t("outages.span", { from: whenDateTime(since, zone), to: sameDay ? whenTime(until, zone) : whenDateTime(until, zone) });
}

function more(events, zone) {
  return element("details", { class: "table" }, [
    element("summary", { text: t("outages.more", { count: events.length }) }),
    element("ul", {}, events.map((event) => past(event, zone))),
  ]);
}
