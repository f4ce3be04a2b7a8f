// A chart's numbers as a table, made when somebody opens it and a page at a time: a day may have 8 640 readings.

import { element, replace } from "./dom.js";
import { formatNumber } from "./format.js";
import { t } from "./text/index.js";

/**
 * @typedef {object} Table
 * @property {string[]} head the first column names the row
 * @property {number} count
 * @property {(index: number) => string[]} row of the newest first
 */

const PAGE = 200;

/**
 * @param {string} title of the chart
 * @param {() => Table | null} content
 * @returns {{element: HTMLElement, refresh: () => void}} `refresh` when the content has changed
 */
export function makeTable(title, content) {
  let shown = PAGE;
  const body = element("div", { class: "scroll", attributes: { tabindex: 0, role: "group", "aria-label": t("table.of", { title }) } });
  const more = element("button", { attributes: { type: "button", hidden: true }, on: { click: () => ((shown += PAGE), fill()) } });
  const details = /** @type {HTMLDetailsElement} */ (
    element("details", { class: "table", on: { toggle: () => fill() } }, [element("summary", {}, [t("table.show"), element("span", { class: "visually-hidden", text: `: ${title}` })]), body, more])
  );
  const fill = () => {
    const table = details.open ? content() : null;
    replace(body, table && draw(table, shown));
    more.hidden = table === null || table.count <= shown;
    more.textContent = table && !more.hidden ? t("table.more", { count: Math.min(PAGE, table.count - shown), left: formatNumber(table.count - shown) }) : "";
  };
  return { element: details, refresh: () => details.open && fill() };
}

function draw({ head, count, row }, shown) {
  const heading = head.map((text, index) => element("th", { class: index > 0 ? "number" : "", text, attributes: { scope: "col" } }));
  const rows = Array.from({ length: Math.min(count, shown) }, (_, index) => {
    const [name, ...cells] = row(index);
    return element("tr", {}, [element("th", { text: name, attributes: { scope: "row" } }), ...cells.map((text) => element("td", { class: "number", text }))]);
  });
  return element("table", {}, [element("thead", {}, [element("tr", {}, heading)]), element("tbody", {}, rows)]);
}
