// The list of spans without power or data.

import { element } from "./dom.js";
import { formatDay, formatDuration } from "./format.js";
import { t } from "./text/index.js";
import { whenDateTime, whenTime } from "./when.js";

const SHOWN = 6;

/**
 * @param {import("./data/unknown.js").Span[]} spans in order of time
 * @param {import("./zone.js").Zone} zone
 * @param {{days: boolean, open?: number | null}} how `days`: edges are whole days; `open`: the end that is now
 */
export function outageList(spans, zone, { days, open = null }) {
  const heading = element("h2", { text: t("outages.title") });
  if (spans.length === 0) return element("section", { class: "panel outages" }, [heading, element("p", { class: "muted", text: t("outages.none") })]);
  const newest = [...spans].reverse();
  const rows = newest.map((span) =>
    element("li", {}, [element("span", { text: spanText(span, zone, days, open) }), element("strong", { class: "number", text: lengthText(span) })]),
  );
  const hidden = newest.length - SHOWN;
  return element("section", { class: "panel outages" }, [
    heading,
    element("ul", {}, rows.slice(0, SHOWN)),
    hidden > 0 && element("details", { class: "table" }, [element("summary", { text: t("outages.more", { count: hidden }) }), element("ul", {}, rows.slice(SHOWN))]),
    element("p", { class: "muted small", text: t("outages.note") }),
  ]);
}

function lengthText({ from, to, unknown }) {
  const whole = to - from - unknown < 1000;
  const length = formatDuration(unknown / 1000);
  return whole ? length : t("outages.within", { length });
}

function spanText({ from, to }, zone, days, open) {
  if (open !== null && to >= open) return t("outages.open", { from: whenDateTime(from, zone) });
  if (days) {
    const last = formatDay(zone.startOfDay(to - 1), zone.name);
    const first = formatDay(from, zone.name);
    return first === last ? first : t("outages.span", { from: first, to: last });
  }
  const sameDay = zone.date(from) === zone.date(to - 1);
  return t("outages.span", { from: whenDateTime(from, zone), to: sameDay ? whenTime(to, zone) : whenDateTime(to, zone) });
}
