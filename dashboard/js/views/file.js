// What the four tabs with a file have in common: the file's state above, then figures, chart, other metrics, outages.

import { MetricCharts } from "../charts/metrics.js";
import { now } from "../clock.js";
import { collectionSeconds } from "../data/heartbeat.js";
import { lateSince } from "../data/stale.js";
import { COMPANION } from "../data/compare.js";
import { element, replace } from "../dom.js";
import { downloads } from "../download.js";
import { banners, obstacle, statePanel } from "../states.js";

/**
 * @typedef {object} Context
 * @property {import("../site.js").Site} site
 * @property {import("../status.js").Status} status
 * @property {Record<string, import("../data/source.js").DocumentSource>} sources by tier
 */

export class FileView {
  /** @param {string} tier @param {Context} context */
  constructor(tier, context) {
    this.context = context;
    this.source = context.sources[tier];
    this.companion = COMPANION[tier] ? context.sources[COMPANION[tier]] : null;
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

  /** Draw what the sources hold now. */
  render() {
    const { state } = this.source;
    const kind = obstacle(state);
    replace(this.notices, ...banners(state, this.source.file, this.late(), now()));
    this.notices.hidden = this.notices.childElementCount === 0;
    replace(this.state, kind && statePanel(kind, this.source.file, state));
    this.state.hidden = kind === null;
    this.body.hidden = kind !== null;
    if (kind === null) this.update(state.document);
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

  close() {
    this.metrics.close();
  }
}
