// The tabs: each has its own address, arrow keys walk among them, and the back button leads back.

import { byId, element, replace } from "./dom.js";
import { t } from "./text/index.js";

/** Names are addresses: #today. */
export const TABS = ["today", "7-days", "30-days", "365-days", "health", "help"];

/** Tells "change" (event.detail: the tab's name), also for the first. */
export class Tabs extends EventTarget {
  /** @type {string} */
  current = "";

  constructor() {
    super();
    this.list = byId("tabs");
    this.list.addEventListener("keydown", (event) => this.#key(event));
    window.addEventListener("hashchange", () => this.#go());
  }

  /** Write the tabs in the language of the page. */
  draw() {
    this.list.setAttribute("aria-label", t("tabs.label"));
    replace(this.list, ...TABS.map((name) => this.#tab(name)));
    if (this.current) this.#mark();
  }

  /** Show what the address says. */
  start() {
    this.#go();
  }

  #tab(name) {
    return element("a", {
      text: t(`tab.${name}`),
      attributes: { id: `tab-${name}`, role: "tab", href: `#${name}`, "aria-controls": `panel-${name}` },
    });
  }

  #go() {
    const name = location.hash.slice(1);
    const wanted = TABS.includes(name) ? name : "today";
    if (wanted === this.current) return;
    this.current = wanted;
    this.#mark();
    this.dispatchEvent(new CustomEvent("change", { detail: wanted }));
  }

  #mark() {
    for (const name of TABS) {
      const chosen = name === this.current;
      const tab = byId(`tab-${name}`);
      tab.setAttribute("aria-selected", String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
      byId(`panel-${name}`).hidden = !chosen;
    }
  }

  #key(event) {
    const at = TABS.indexOf(this.current);
    const targets = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: TABS.length - 1 };
    if (event.key === " ") event.target.click();
    else if (Object.hasOwn(targets, event.key)) this.select(TABS[(targets[event.key] + TABS.length) % TABS.length]);
    else return;
    event.preventDefault();
  }

  /** Go to a tab and its address; the keyboard goes with it. @param {string} name */
  select(name) {
    location.hash = name;
    this.#go();
    byId(`tab-${name}`).focus();
  }
}
