// The page's composition root: sources, tabs, views, polling, live values.

import { now } from "./clock.js";
import { COMPANION } from "./data/compare.js";
import { FILES, TIERS } from "./data/document.js";
import { cadence, Poller } from "./data/poll.js";
import { DocumentSource } from "./data/source.js";
import { collectionSeconds } from "./data/heartbeat.js";
import { byId, replace } from "./dom.js";
import { Header } from "./header.js";
import { beginAgainOnceKnown, loadSite } from "./site.js";
import { statePanel } from "./states.js";
import { Status } from "./status.js";
import { Tabs, TABS } from "./tabs.js";
import { language } from "./text/index.js";
import { loadAll, loadView, viewOf } from "./views/views.js";

const TIER_OF = { today: "daily", "7-days": "weekly", "30-days": "monthly", "365-days": "yearly", health: "daily" };
const TICK_MS = 10_000; // ages and staleness are told anew
const COMPANION_MS = 15 * 60_000; // what is compared with changes once a day
const FAILED_MS = 30_000; // and is asked for again sooner while it could not be had

class Page {
  #views = new Map();
  #asked = new Map();
  #wanted = null;
  #isLive = false;

  /** @param {import("./site.js").Site} site */
  constructor(site) {
    this.site = site;
    this.status = new Status();
    this.sources = Object.fromEntries(FILES.map((tier) => [tier, new DocumentSource(tier, { copyAddress: site.fallback[tier], zoneName: site.timezone })]));
    this.poller = new Poller(cadence(collectionSeconds(site)));
    this.tabs = new Tabs();
    this.header = new Header(() => this.#translate());
  }

  start() {
    for (const source of Object.values(this.sources)) source.addEventListener("change", () => this.#changed(source));
    this.status.addEventListener("change", () => this.#drawSoon(false));
    this.status.addEventListener("file-updated", ({ detail }) => this.#updated(detail));
    this.tabs.addEventListener("change", () => this.#show());
    this.tabs.draw();
    this.tabs.start();
    document.addEventListener("keydown", (event) => this.#key(event));
    byId("skip").addEventListener("click", (event) => this.#skip(event));
    setInterval(() => this.#tick(), TICK_MS);
  }

  get #source() {
    return this.sources[TIER_OF[this.tabs.current]] ?? null;
  }

  /** The view of the tab, or null while its code is on the way. */
  get #view() {
    const name = this.tabs.current;
    if (!this.#views.has(name) && viewOf(name)) {
      const view = new (viewOf(name))({ site: this.site, status: this.status, sources: this.sources }, TIER_OF[name]);
      this.#views.set(name, view);
      replace(byId(`panel-${name}`), view.element);
    }
    return this.#views.get(name) ?? null;
  }

  async #show() {
    this.#draw();
    if (this.#view === null) this.#fetch(this.tabs.current);
    await Promise.all([this.poller.follow(this.#source), this.#others()]);
    requestAnimationFrame(() => setTimeout(() => this.#rest())); // the figures are on the screen
  }

  /** Get the code of a tab's view. */
  async #fetch(name) {
    const panel = byId(`panel-${name}`);
    replace(panel, statePanel("loading"));
    try {
      await loadView(name);
      if (name === this.tabs.current) this.#draw();
    } catch {
      replace(panel, statePanel("offline"));
    }
  }

  /** What can wait for the first figures. */
  #rest() {
    if (this.site.mqtt && this.#source) this.#live();
    loadAll();
  }

  #draw() {
    this.#view?.render();
    this.#tell();
  }

  /** Draw with the next frame, once however often it is asked for: all of it, or only what live values change. */
  #drawSoon(all) {
    if (this.#wanted === null) requestAnimationFrame(() => this.#frame());
    this.#wanted ||= all;
  }

  #frame() {
    const all = this.#wanted;
    this.#wanted = null;
    if (all) this.#draw();
    else this.#now();
  }

  /** What the tab needs besides its own file, asked for once in a while. */
  #others() {
    const name = this.tabs.current;
    const tiers = name === "health" ? TIERS : [COMPANION[TIER_OF[name]]];
    const due = tiers.filter((tier) => tier && now() - (this.#asked.get(tier) ?? -Infinity) >= (this.sources[tier].state.problem ? FAILED_MS : COMPANION_MS));
    for (const tier of due) this.#asked.set(tier, now());
    return Promise.all(due.map((tier) => this.sources[tier].refresh()));
  }

  #changed(source) {
    const tier = TIER_OF[this.tabs.current];
    if (tier === source.tier || COMPANION[tier] === source.tier || this.tabs.current === "health") this.#drawSoon(true);
  }

  #updated(tier) {
    this.#asked.delete(tier);
    if (this.#source?.tier === tier) this.poller.now();
    else this.#others();
  }

  #tick() {
    if (document.visibilityState !== "visible") return;
    this.#others();
    this.#now();
  }

  #now() {
    if (this.#view === null) this.#fetch(this.tabs.current);
    this.#view?.renderNow();
    this.#tell();
  }

  #tell() {
    this.header.tell(this.#source, this.site, this.status.state, now());
  }

  #translate() {
    document.documentElement.lang = language();
    for (const view of this.#views.values()) view.close();
    this.#views.clear();
    this.tabs.draw();
    this.#draw();
  }

  /** To the figures, while the address goes on naming the tab. */
  #skip(event) {
    event.preventDefault();
    byId("main").focus();
    byId("main").scrollIntoView();
  }

  #key(event) {
    const typing = event.target instanceof Element && event.target.closest("input, select, textarea, [contenteditable]");
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const tab = TABS[Number(event.key) - 1];
    if (/^[1-9]$/.test(event.key) && tab) this.tabs.select(tab);
  }

  /** Live values, from the first tab that shows any. */
  async #live() {
    if (this.#isLive) return;
    this.#isLive = true;
    try {
      const { startLive } = await import("./live/live.js");
      startLive(this.site, this.status);
    } catch {
      // the page polls; Health says that there are no live values
    }
  }
}

document.documentElement.lang = language();
const site = await loadSite();
new Page(site).start();
beginAgainOnceKnown(site);
