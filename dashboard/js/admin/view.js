// Parts of the page that are drawn anew when something changes.

import { element, replace } from "../dom.js";
import { t } from "../text/index.js";

/**
 * A place that shows what `make` returns, again after each "change" of one of `targets`, at most once a frame.
 * @param {EventTarget[]} targets
 * @param {() => HTMLElement} make
 */
export function view(targets, make) {
  const place = element("div", { class: "view" });
  let frame = 0;
  const draw = () => {
    const open = [...place.querySelectorAll("details")].map((one) => one.open);
    replace(place, make());
    place.querySelectorAll("details").forEach((one, at) => (one.open = open[at] ?? false));
  };
  const soon = () => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(draw);
  };
  for (const target of targets) target.addEventListener("change", soon);
  draw();
  return {
    element: place,
    draw,
    stop() {
      cancelAnimationFrame(frame);
      for (const target of targets) target.removeEventListener("change", soon);
    },
  };
}

/** A part of the desk with its heading. @param {string} name @param {import("../dom.js").Child[]} children */
export function section(name, children) {
  return element("section", { class: "part", attributes: { id: `section-${name}`, "aria-labelledby": `part-${name}` } }, [
    element("h2", { text: t(`admin.section.${name}`), attributes: { id: `part-${name}` } }),
    ...children,
  ]);
}

/**
 * A card with a heading, a badge and facts.
 * @param {string} title
 * @param {HTMLElement | null} mark
 * @param {[string, import("../dom.js").Child][]} facts name and value; those without a value are left out
 * @param {import("../dom.js").Child[]} [more]
 */
export function card(title, mark, facts, more = []) {
  const told = facts.filter(([, value]) => value !== "" && value !== null && value !== undefined && value !== false);
  return element("article", { class: "panel card" }, [
    element("header", {}, [element("h3", { text: title }), mark]),
    told.length > 0 && element("dl", { class: "facts" }, told.flatMap(([name, value]) => [element("dt", { text: name }), element("dd", {}, [value])])),
    ...more,
  ]);
}

/** @param {string} kind "", "good", "warn", "bad" @param {string} text */
export const badge = (kind, text) => element("span", { class: `badge ${kind}`, text });
