// One small chart for each metric but power, whatever its name.

import { element, replace } from "../dom.js";
import { t } from "../text/index.js";
import { ChartBox } from "./box.js";

export class MetricCharts {
  #boxes = new Map();
  #order = "";
  #shown = null;

  constructor() {
    this.heading = element("h2", { text: t("metrics.title") });
    this.grid = element("div", { class: "grid" });
    this.element = element("section", { attributes: { hidden: true } }, [this.heading, this.grid]);
  }

  /**
   * Show what a document knows; one that is shown already is not drawn again.
   * @param {import("../data/document.js").Document} document
   * @param {(name: string) => import("./box.js").Content | null} content null: nothing known of it
   */
  show(document, content) {
    if (document === this.#shown) return;
    this.#shown = document;
    const contents = document.metrics.map((name) => [name, content(name)]).filter(([, found]) => found !== null);
    const order = JSON.stringify(contents.map(([name]) => name));
    if (order !== this.#order) this.#arrange(contents.map(([name]) => name));
    this.#order = order;
    for (const [name, found] of contents) this.#boxes.get(name).show(found);
    this.element.hidden = contents.length === 0;
  }

  #arrange(names) {
    for (const [name, box] of this.#boxes) {
      if (names.includes(name)) continue;
      box.close();
      this.#boxes.delete(name);
    }
    for (const name of names) if (!this.#boxes.has(name)) this.#boxes.set(name, new ChartBox({ title: titleOf(name), small: true, level: "h3" }));
    replace(this.grid, ...names.map((name) => this.#boxes.get(name).element));
  }

  close() {
    for (const box of this.#boxes.values()) box.close();
  }
}

/** "power_factor" -> "Power factor", in the page's language where it knows the name. @param {string} name */
export function titleOf(name) {
  const key = `metric.${name}`;
  if (t(key) !== key) return t(key);
  const words = name.replaceAll("_", " ").trim();
  return words === "" ? name : words[0].toUpperCase() + words.slice(1);
}
