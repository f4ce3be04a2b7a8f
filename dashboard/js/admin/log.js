// The last log lines of all services: first those they remember, then each as it comes.

import { element, replace } from "../dom.js";
import { SERVICES } from "../live/topics.js";
import { t } from "../text/index.js";
import { field, select } from "./action.js";
import { list, text } from "./shape.js";

const KEPT = 300; // of each service
const LEVELS = ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"];
const ALARMING = LEVELS.slice(2);
const LINE = /^(\d{4}-\d\d-\d\d[T ][\d:,+-]+) ([A-Z]+) /;
const NEAR_PX = 40; // who is so near the end wants to follow

/** Keeps lines and shows them. */
export class Log {
  #lines = Object.fromEntries(SERVICES.map((name) => [name, []]));
  #who = select("log-who", [["", t("admin.log.all")], ...SERVICES.map((name) => [name, t(`admin.service.${name}`)])]);
  #what = select("log-what", [["", t("admin.log.every-level")], ["alarming", t("admin.log.alarming")]]);
  #place = element("ol", { class: "lines" });
  #scroll = element("div", { class: "scroll log", attributes: { tabindex: 0, role: "region", "aria-label": t("admin.log.lines") } }, [this.#place]);
  #asked = new Set();
  #frame = 0;

  /**
   * @param {import("../live/connection.js").Connection} connection
   * @param {string} base
   * @param {import("./ask.js").Ask} ask
   * @param {import("../status.js").Status} status
   */
  constructor(connection, base, ask, status) {
    connection.subscribe(`${base}/log/+`, ({ topic, text: line }) => this.#add(topic.split("/").at(-1) ?? "", line));
    status.addEventListener("change", () => this.#askOnce(ask, status));
    connection.addEventListener("change", () => connection.state !== "on" && this.#asked.clear());
    for (const one of [this.#who, this.#what]) one.addEventListener("change", () => this.#draw());
    this.element = element("div", { class: "panel" }, [
      element("div", { class: "fields" }, [field(t("admin.log.who"), this.#who), field(t("admin.log.what"), this.#what)]),
      this.#scroll,
    ]);
    this.#draw();
  }

  /** The newest line of a service, without its time and level. @param {string} service */
  last(service) {
    return (this.#lines[service]?.at(-1) ?? "").replace(LINE, "");
  }

  /** Ask each service that is there for what it remembers, again after a restart of it or of the broker. */
  #askOnce(ask, status) {
    for (const name of SERVICES) {
      const online = status.state.services[name]?.availability === "online";
      if (!online) this.#asked.delete(name);
      if (!online || this.#asked.has(name)) continue;
      this.#asked.add(name);
      ask(name, "log").then(({ ok, data }) => {
        if (ok) this.#take(name, list(data.lines).map(text));
      });
    }
  }

  /** What a service remembers, after what came before it started. */
  #take(name, remembered) {
    const known = new Set(remembered);
    this.#lines[name] = [...this.#lines[name].filter((line) => !known.has(line)), ...remembered].slice(-KEPT);
    this.#drawSoon();
  }

  #add(name, line) {
    if (!Object.hasOwn(this.#lines, name)) return;
    this.#lines[name] = [...this.#lines[name], text(line)].slice(-KEPT);
    this.#drawSoon();
  }

  #drawSoon() {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.#draw());
  }

  #draw() {
    const following = this.#scroll.scrollHeight - this.#scroll.scrollTop - this.#scroll.clientHeight < NEAR_PX;
    const names = this.#who.value ? [this.#who.value] : SERVICES;
    const shown = names
      .flatMap((name) => this.#lines[name].map((line) => ({ name, line, level: LINE.exec(line)?.[2] ?? "INFO" })))
      .filter(({ level }) => this.#what.value === "" || ALARMING.includes(level))
      .sort((one, other) => (one.line < other.line ? -1 : 1)); // a line begins with its time
    const items = shown.slice(-KEPT).map(({ name, line, level }) =>
      element("li", { class: LEVELS.includes(level) ? level.toLowerCase() : "", text: line, attributes: { "data-service": name } }),
    );
    replace(this.#place, ...(items.length > 0 ? items : [element("li", { class: "muted", text: t("admin.log.none") })]));
    if (following) this.#scroll.scrollTop = this.#scroll.scrollHeight;
  }
}
