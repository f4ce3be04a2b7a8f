// Today's readings as a chart to pick from: with the mouse or a finger (drag for several), or with the arrow keys.

import { element, replace, setText, svg } from "../dom.js";
import { formatMeasure, formatTime } from "../format.js";
import { t } from "../text/index.js";
import { whenSeconds } from "../when.js";
import { columnsOf, extentOf, nearest } from "./series.js";

const WIDTH = 1000; // in the drawing's own units; the page stretches it
const HEIGHT = 240;
const COLUMNS = 500;
const LEAP = 10;
const LABELS = 4;

/** Tells "change" when another reading, or other readings, are picked: `picked` is [first, last] or null. */
export class Picker extends EventTarget {
  /** @type {[number, number] | null} */
  picked = null;
  #document = null;
  #metric = "power";
  #anchor = 0;
  #cursor = 0;
  #drawing = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" });
  #mark = svg("rect", { class: "picked", y: 0, height: HEIGHT, width: 0 });
  #axis = element("div", { class: "axis small muted", attributes: { "aria-hidden": "true" } });
  #scale = element("div", { class: "scale small muted", attributes: { "aria-hidden": "true" } });
  #said = element("p", { class: "small", attributes: { "aria-live": "polite" } });

  constructor() {
    super();
    this.slider = element("div", {
      class: "picker",
      attributes: { role: "slider", tabindex: 0, "aria-label": t("admin.pick.label"), "aria-describedby": "pick-help" },
      on: {
        keydown: (event) => this.#key(event),
        pointerdown: (event) => this.#down(event),
        pointermove: (event) => event.buttons === 1 && this.#move(event),
      },
    }, [this.#drawing, this.#scale]);
    this.element = element("div", { class: "pick" }, [
      this.slider,
      this.#axis,
      this.#said,
      element("p", { class: "small muted", text: t("admin.pick.help"), attributes: { id: "pick-help" } }),
    ]);
  }

  /** Show a day's readings; what was picked stays picked by its time. @param {any} document of data/document.js, or null @param {string} metric */
  show(document, metric) {
    const kept = this.picked?.map((at) => this.#document.times[at]) ?? [];
    [this.#document, this.#metric] = [document, metric];
    const times = document?.times ?? [];
    const found = kept.map((time) => nearest(times, time)).filter((at, which) => times[at] === kept[which]);
    this.picked = found.length === 2 ? [found[0], found[1]] : null;
    [this.#anchor, this.#cursor] = this.picked ?? [Math.max(times.length - 1, 0), Math.max(times.length - 1, 0)];
    this.#draw();
    this.#changed();
  }

  #draw() {
    const document = this.#document;
    if (!document || document.times.length === 0) {
      replace(this.#drawing);
      replace(this.#axis);
      setText(this.#scale, "");
      return;
    }
    const [from, to] = this.#span();
    const columns = columnsOf(document.times, document.points, this.#metric, from, to, COLUMNS);
    const top = Math.max(...columns.map(({ high }) => high), 1);
    const bottom = Math.min(...columns.map(({ low }) => low), 0);
    const y = (value) => ((top - value) / (top - bottom)) * (HEIGHT - 8) + 4;
    const x = (part) => part * WIDTH;
    const band = columns.map((column) => `M${x(column.x).toFixed(1)} ${y(column.low).toFixed(1)}V${y(column.high).toFixed(1)}`).join("");
    const line = columns.map((column, at) => `${at ? "L" : "M"}${x(column.x).toFixed(1)} ${y(column.value).toFixed(1)}`).join("");
    replace(
      this.#drawing,
      this.#mark,
      svg("path", { class: "zero", d: `M0 ${y(0).toFixed(1)}H${WIDTH}` }),
      svg("path", { class: "band", d: band }),
      svg("path", { class: "line", d: line }),
    );
    setText(this.#scale, formatMeasure(top, this.#unit()));
    const labels = Array.from({ length: LABELS + 1 }, (_, at) => formatTime(from + ((to - from) * at) / LABELS, document.zone.name));
    replace(this.#axis, ...labels.map((text) => element("span", { text })));
  }

  /** From the first reading to the last, or a minute around a single one. */
  #span() {
    const { times } = this.#document;
    const [from, to] = [times[0], times.at(-1)];
    return from === to ? [from - 30_000, to + 30_000] : [from, to];
  }

  #unit() {
    return this.#metric === "power" ? "W" : (this.#document.units.get(this.#metric) ?? "");
  }

  #key(event) {
    const last = (this.#document?.times.length ?? 0) - 1;
    const steps = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -LEAP, PageUp: LEAP, Home: -Infinity, End: Infinity };
    const step = steps[event.key];
    if (step === undefined || last < 0) return;
    event.preventDefault();
    const wanted = this.picked ? this.#cursor + step : Number.isFinite(step) ? this.#cursor : this.#cursor + step;
    this.#pick(Math.min(Math.max(wanted, 0), last), event.shiftKey);
  }

  #down(event) {
    if (event.button !== 0) return;
    this.slider.setPointerCapture(event.pointerId);
    this.#pickAt(event, event.shiftKey);
  }

  #move(event) {
    this.#pickAt(event, true);
  }

  #pickAt(event, further) {
    if (!this.#document || this.#document.times.length === 0) return;
    const { left, width } = this.#drawing.getBoundingClientRect();
    const [from, to] = this.#span();
    this.#pick(nearest(this.#document.times, from + ((event.clientX - left) / width) * (to - from)), further);
  }

  #pick(at, further) {
    this.#cursor = at;
    if (!further || this.picked === null) this.#anchor = at;
    this.picked = [Math.min(this.#anchor, at), Math.max(this.#anchor, at)];
    this.#changed();
  }

  #changed() {
    const said = this.#words();
    const count = this.#document?.times.length ?? 0;
    this.slider.setAttribute("aria-valuemin", "0");
    this.slider.setAttribute("aria-valuemax", String(Math.max(count - 1, 0)));
    this.slider.setAttribute("aria-valuenow", String(this.#cursor));
    this.slider.setAttribute("aria-valuetext", said);
    setText(this.#said, said);
    this.#drawMark();
    this.dispatchEvent(new Event("change"));
  }

  #drawMark() {
    if (this.picked === null) {
      this.#mark.setAttribute("width", "0");
      return;
    }
    const [from, to] = this.#span();
    const [left, right] = this.picked.map((at) => ((this.#document.times[at] - from) / (to - from)) * WIDTH);
    this.#mark.setAttribute("x", String(left - 3));
    this.#mark.setAttribute("width", String(right - left + 6));
  }

  /** What is picked, in words. */
  #words() {
    if (!this.#document || this.#document.times.length === 0) return t("admin.pick.none-today");
    if (this.picked === null) return t("admin.pick.none");
    const [first, last] = this.picked;
    const [from, to] = this.picked.map((at) => whenSeconds(this.#document.times[at], this.#document.zone));
    if (first !== last) return t("admin.pick.range", { count: last - first + 1, from, to });
    return t("admin.pick.one", { time: from, value: formatMeasure(extentOf(this.#document.points[first], this.#metric)?.value, this.#unit()) });
  }
}
