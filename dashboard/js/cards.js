// Figures in cards, each with its change against the period before.

import { element } from "./dom.js";
import { formatChange } from "./format.js";
import { t } from "./text/index.js";

/**
 * @typedef {object} Card
 * @property {string} label
 * @property {string} value
 * @property {string} [unit]
 * @property {string} [note]
 * @property {number | null} [change] as a part of what was; null: not known; absent: nothing to compare
 * @property {string} [before] what it is compared with
 * @property {string} [kind] a class
 * @property {Node[]} [more] below
 */

/** @param {Card[]} cards @param {string} [className] @returns {HTMLElement} */
export function cardList(cards, className = "cards") {
  return element("dl", { class: className }, cards.map(card));
}

function card({ label, value, unit = "", note = "", change, before = "", kind = "", more = [] }) {
  const figure = [element("span", { class: "value", text: value }), unit && element("span", { class: "unit", text: unit })];
  return element("div", { class: `card ${kind}` }, [
    element("dt", { text: label }),
    element("dd", { class: "figure" }, figure),
    change !== undefined && element("dd", { class: "change" }, [changeLine(change, before)]),
    note && element("dd", { class: "small muted", text: note }),
    more.length > 0 && element("dd", {}, more),
  ]);
}

/** @param {number | null} change @param {string} before */
export function changeLine(change, before) {
  if (change === null) return element("span", { class: "muted", text: t("change.unknown", { before }) });
  const rounded = Math.round(change * 100);
  const way = rounded > 0 ? "up" : rounded < 0 ? "down" : "same";
  return element("span", { class: `trend ${way}` }, [
    element("span", { text: t(`change.${way}`, { share: formatChange(Math.abs(change)).replace(/^\+/, "") }) }),
    element("span", { class: "muted", text: ` ${t(way === "same" ? "change.as" : "change.against", { before })}` }),
  ]);
}

/**
 * Where a value lies in what has been usual: a range on a line, and a mark.
 * @param {number} value @param {{least: number, most: number}} range @param {string} description for who does not see it
 */
export function gauge(value, { least, most }, description) {
  const low = Math.min(0, least, value);
  const high = Math.max(most, value) * 1.08 || 1;
  const place = (at) => `${(((at - low) / (high - low)) * 100).toFixed(1)}%`;
  const made = element("div", { class: "gauge", attributes: { role: "img", "aria-label": description } }, [
    element("span", { class: "gauge-range" }),
    element("span", { class: "gauge-mark" }),
  ]);
  made.style.setProperty("--from", place(least));
  made.style.setProperty("--to", place(most));
  made.style.setProperty("--at", place(value));
  return made;
}
