// What the four tabs with a file have in common: the file's state above, then figures, chart, other metrics, outages.

import { MetricCharts } from "../charts/metrics.js";
import { now } from "../clock.js";
import { collectionSeconds } from "../data/heartbeat.js";
import { lateSince } from "../data/stale.js";
import { COMPANION, withoutCompanion } from "../data/compare.js";
import { element, replaceChanged } from "../dom.js";
import { downloads } from "../download.js";
import { banners, obstacle, statePanel } from "../states.js";

/**
 * @typedef {object} Context
 * @property {import("../site.js").Site} site
 * @property {import("../status.js").Status} status
 * @property {Record<string, import("../data/source.js").DocumentSource>} sources by tier
 */

const PATIENCE_MS = 500;

export class FileView {
  #patience = 0;
  #patient = true;

  /** @param {string} tier @param {Context} context */
  constructor(tier, context) {
    this.context = context;
    this.source = context.sources[tier];
    this.companion = context.sources[COMPANION[tier]];
    this.notices = element("div", { class: "notices" });
    this.state = element("div");
    this.top = element("div", { class: "top" });
    this.metrics = new MetricCharts();
    this.outages = element("div");
    this.downloads = downloads(() => this.source.state.document);
    this.body = element("div", { class: "stack", attributes: { hidden: true } });
    this.element = element("div", { class: "stack" }, [this.notices, this.state, this.body]);
  }

  /** The document and what belongs to it. */
  get document() {
    return this.source.state.document;
  }

  /** How the time before was. @param {(companion: import("../data/document.js").Document) => import("../data/compare.js").Before} compare */
  before(compare) {
    const { state } = this.companion;
    return state.document === null ? withoutCompanion(state) : compare(state.document);
  }

  /** Draw what the sources hold now. */
  render() {
    this.warn();
    this.#drawState();
    this.body.hidden = !this.state.hidden;
    if (this.state.hidden) this.update(this.document);
  }

  /** What stands in the way. For a moment also that the other file is still on its way: what it tells would move all that is below. */
  #obstacle() {
    const kind = obstacle(this.source.state);
    if (kind !== null || !this.#patient || obstacle(this.companion.state) !== "loading") return kind;
    this.#patience ||= setTimeout(() => {
      this.#patient = false;
      this.render();
    }, PATIENCE_MS);
    return "loading";
  }

  #drawState() {
    const { state } = this.source;
    const kind = this.#obstacle();
    this.state.hidden = kind === null;
    replaceChanged(this.state, kind && statePanel(kind, this.source.file, state), kind && this.updateWithout());
  }

  /** Draw only what time and live values change. */
  renderNow() {
    this.warn();
    if (this.body.hidden) this.#drawState();
    else this.updateNow(this.document);
  }

  /** Say what is the matter with what is shown; time alone makes it old. */
  warn() {
    replaceChanged(this.notices, ...banners(this.source.state, this.source.file, this.late(), now()));
    this.notices.hidden = this.notices.childElementCount === 0;
  }

  /** Since when the file is late, or null. */
  late() {
    const { document } = this.source.state;
    if (document === null) return null;
    const seconds = collectionSeconds(this.context.site, document.times);
    return lateSince(document, now(), { collectionSeconds: seconds, published: this.context.site.published });
  }

  /** @param {import("../data/document.js").Document} _document */
  update(_document) {
    throw new Error("for subclasses");
  }

  /** What can be told without the file. @returns {Node | null} */
  updateWithout() {
    return null;
  }

  /** @param {import("../data/document.js").Document} _document */
  updateNow(_document) {
    throw new Error("for subclasses");
  }

  close() {
    clearTimeout(this.#patience);
    this.metrics.close();
  }
}
