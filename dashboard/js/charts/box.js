// A chart in its frame: a title, what is under the cursor in words, the drawing, its table. It is drawn when it comes
// into view. Pointer and arrow keys choose; to a screen reader it is a slider that tells each value.

import { element, replace, setText } from "../dom.js";
import { t } from "../text/index.js";
import { themeChanges } from "../theme.js";
import { loadCharts } from "./library.js";
import { makeTable } from "../tables.js";

/**
 * @typedef {object} Content
 * @property {import("./model.js").Model} model
 * @property {string} summary what is told while nothing is chosen
 * @property {(index: number) => string} tell one stretch in words
 * @property {{className: string, text: string}[]} legend
 * @property {import("../tables.js").Table} table
 */

const AHEAD = "100%"; // drawn when less than a screen away
let turn = Promise.resolve();

/** Each chart is drawn in a task of its own, so that twenty of them don't hold up a finger. */
function myTurn() {
  turn = turn.then(() => new Promise((resolve) => setTimeout(resolve)));
  return turn;
}

export class ChartBox {
  #content = null;
  #chart = null;
  #chosen = null;
  #visible = false;
  #stale = true;
  #drawing = false;
  #closed = false;

  /** @param {{title: string, small?: boolean, level?: string}} options */
  constructor({ title, small = false, level = "h2" }) {
    this.readout = element("p", { class: "readout" });
    this.legend = element("ul", { class: "legend", attributes: { "aria-hidden": "true" } });
    this.canvas = /** @type {HTMLCanvasElement} */ (element("canvas", { attributes: { "aria-hidden": "true" } }));
    this.slider = element("div", {
      class: "chart-area",
      attributes: { role: "slider", tabindex: 0, "aria-label": t("chart.label", { title }), "aria-valuemin": 0, "aria-valuemax": 0, "aria-valuenow": 0 },
      on: {
        pointermove: (event) => this.#point(event),
        pointerdown: (event) => this.#point(event),
        pointerleave: () => this.#choose(null),
        blur: () => this.#choose(null),
        keydown: (event) => this.#key(event),
      },
    }, [this.canvas]);
    this.problem = element("p", { class: "note warn", attributes: { hidden: true } });
    this.table = makeTable(title, () => this.#content?.table ?? null);
    this.foot = element("div", { class: "chart-foot" }, [this.table.element]);
    this.element = element("section", { class: small ? "panel chart small-chart" : "panel chart" }, [
      element("div", { class: "chart-head" }, [element(level, { text: title }), this.readout]),
      this.slider,
      this.problem,
      this.legend,
      this.foot,
    ]);
    this.observer = new IntersectionObserver((entries) => this.#seen(entries.some(({ isIntersecting }) => isIntersecting)), { rootMargin: AHEAD });
    this.observer.observe(this.slider);
    this.redraw = () => this.#invalidate();
    themeChanges.addEventListener("change", this.redraw);
  }

  /** Show this from now on. @param {Content} content */
  show(content) {
    this.#content = content;
    if (this.#chosen !== null && this.#chosen >= content.model.count) this.#chosen = null;
    replace(this.legend, ...content.legend.map(({ className, text }) => element("li", { class: className, text })));
    this.#tell();
    this.table.refresh();
    this.#invalidate();
  }

  /** Give back what it holds. */
  close() {
    this.#closed = true;
    this.observer.disconnect();
    themeChanges.removeEventListener("change", this.redraw);
    this.#chart?.destroy();
    this.#chart = null;
  }

  #seen(visible) {
    this.#visible = visible;
    if (visible && this.#stale) this.#draw();
  }

  #invalidate() {
    this.#stale = true;
    if (this.#visible) this.#draw();
  }

  async #draw() {
    if (this.#content === null || this.#drawing) return;
    this.#drawing = true;
    try {
      const { drawing } = this.#content.model;
      const [Chart, { config }] = await Promise.all([loadCharts(), drawing()]);
      await myTurn();
      if (this.#closed) return;
      this.problem.hidden = true;
      this.#stale = false;
      this.#chart?.destroy();
      this.#chart = new Chart(this.canvas, config(this.#content.model, () => this.#stretch(), this.slider));
    } catch (error) {
      this.problem.hidden = false;
      setText(this.problem, t("chart.failed", { detail: error.message }));
    } finally {
      this.#drawing = false;
    }
  }

  #stretch() {
    return this.#chosen === null ? null : this.#content.model.stretch(this.#chosen);
  }

  #point(event) {
    if (this.#chart === null || this.#content.model.count === 0) return;
    const { left } = this.canvas.getBoundingClientRect();
    this.#choose(this.#content.model.near(this.#chart.scales.x.getValueForPixel(event.clientX - left)));
  }

  #key(event) {
    const last = (this.#content?.model.count ?? 0) - 1;
    if (last < 0) return;
    const at = this.#chosen ?? last;
    const page = Math.max(1, Math.round(last / 12));
    const targets = { ArrowRight: at + 1, ArrowUp: at + 1, ArrowLeft: at - 1, ArrowDown: at - 1, PageUp: at + page, PageDown: at - page, Home: 0, End: last };
    if (event.key === "Escape") this.#choose(null);
    if (!Object.hasOwn(targets, event.key)) return;
    event.preventDefault();
    const first = this.#chosen === null && event.key.startsWith("Arrow");
    this.#choose(first ? last : Math.min(Math.max(targets[event.key], 0), last));
  }

  #choose(index) {
    if (index === this.#chosen) return;
    this.#chosen = index;
    this.#tell();
    this.#chart?.draw();
  }

  #tell() {
    const { model, summary, tell } = this.#content;
    const text = this.#chosen === null ? summary : tell(this.#chosen);
    setText(this.readout, text);
    const last = Math.max(model.count - 1, 0);
    this.slider.setAttribute("aria-valuemax", String(last));
    this.slider.setAttribute("aria-valuenow", String(this.#chosen ?? last));
    this.slider.setAttribute("aria-valuetext", text);
  }
}
