// The four files as the web server gives them: points, age, size, or what is the matter.

import { element } from "../dom.js";
import { formatAge, formatBytes, formatNumber } from "../format.js";
import { TIERS } from "../live/topics.js";
import { t } from "../text/index.js";
import { badge } from "./view.js";

const ENCODER = new TextEncoder();
const sizes = new WeakMap(); // document -> bytes: counted once

/** @param {Record<string, any>} about @param {number} now */
export function filesTable({ sources }, now) {
  const heads = ["file", "points", "age", "size", "state"].map((name, at) =>
    element("th", { class: at > 0 && at < 4 ? "number" : "", text: t(`admin.files.${name}`), attributes: { scope: "col" } }),
  );
  return element("div", { class: "panel scroll", attributes: { tabindex: 0, role: "region", "aria-label": t("admin.files") } }, [
    element("table", {}, [
      element("caption", { text: t("admin.files.caption") }),
      element("thead", {}, [element("tr", {}, heads)]),
      element("tbody", {}, TIERS.map((tier) => row(sources[tier], now))),
    ]),
  ]);
}

function row({ file, state }, now) {
  const { document, problem, checked } = state;
  const points = document && (document.tier === "daily" ? document.points.length : document.buckets.length);
  const changed = document?.lastUpdate ?? null;
  const age = changed === null ? t(document ? "admin.never" : "admin.unknown") : t("admin.ago", { age: formatAge(Math.max(0, now - changed) / 1000) });
  return element("tr", {}, [
    element("th", { attributes: { scope: "row" } }, [element("a", { text: file, attributes: { href: file } })]),
    element("td", { class: "number", text: formatNumber(points) }),
    element("td", { class: "number", text: age }),
    element("td", { class: "number", text: formatBytes(document && size(document)) }),
    element("td", {}, [mark(problem, checked)]),
  ]);
}

function mark(problem, checked) {
  if (problem) return badge("bad", t(`admin.files.problem.${problem}`));
  return checked === null ? badge("", t("admin.unknown")) : badge("good", t("admin.files.fine"));
}

function size(document) {
  if (!sizes.has(document)) sizes.set(document, ENCODER.encode(document.text).length);
  return sizes.get(document);
}
