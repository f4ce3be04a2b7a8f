// Everything a person signed in as admin sees and may do, around one connection.

import { now } from "../clock.js";
import { DocumentSource } from "../data/source.js";
import { element } from "../dom.js";
import { feed } from "../live/feed.js";
import { SERVICES, TIERS } from "../live/topics.js";
import { Status } from "../status.js";
import { t } from "../text/index.js";
import { Zone } from "../zone.js";
import { simpleActions } from "./actions.js";
import { makeAsk } from "./ask.js";
import { Broker } from "./broker.js";
import { correctAction } from "./correct.js";
import { brokerCard, diskCard, rollupCard, syncCard } from "./facts.js";
import { filesTable } from "./files.js";
import { Log } from "./log.js";
import { restoreAction } from "./restore.js";
import { serviceCard } from "./services.js";
import { section, view } from "./view.js";

const AGES_MS = 10_000; // how often "2 minutes ago" is told anew
const REFRESH_MS = 300_000;

/** The desk; `stop` ends what runs in the background. */
export class Desk {
  #stops = [];

  /** @param {import("../site.js").Site} site @param {import("../live/connection.js").Connection} connection signed in */
  constructor(site, connection) {
    const status = new Status();
    const zone = new Zone(site.timezone ?? Intl.DateTimeFormat().resolvedOptions().timeZone);
    const sources = Object.fromEntries(TIERS.map((tier) => [tier, new DocumentSource(tier, { zoneName: zone.name })]));
    const ask = makeAsk(connection, site.baseTopic, status);
    const log = new Log(connection, site.baseTopic, ask, status);
    const broker = new Broker(connection);
    const tools = { ask, status, zone, lastLine: (service) => log.last(service) };
    const about = { status, zone, broker, sources, connection };

    feed(connection, site.baseTopic, status);
    this.#watchFiles(status, sources);
    const views = [
      ...SERVICES.map((name) => view([status], () => serviceCard(name, status.state.services[name], now()))),
      view([broker, connection], () => brokerCard(about, now())),
      view([status], () => diskCard(about)),
      view([status], () => syncCard(about, now())),
      view([status], () => rollupCard(about, now())),
      view([status, ...Object.values(sources)], () => filesTable(about, now())),
    ];
    const timer = setInterval(() => views.forEach((one) => one.draw()), AGES_MS);
    this.#stops.push(() => clearInterval(timer), () => views.forEach((one) => one.stop()));
    const elements = views.map((one) => one.element);
    this.element = element("div", { class: "desk" }, [
      jumps(),
      section("state", [
        element("div", { class: "cards" }, elements.slice(0, SERVICES.length)),
        element("div", { class: "cards narrow" }, elements.slice(SERVICES.length, -1)),
        elements.at(-1),
      ]),
      section("do", [element("div", { class: "actions" }, [...simpleActions(tools), restoreAction(tools)])]),
      section("mend", [correctAction(tools, sources.daily)]),
      section("log", [log.element]),
    ]);
  }

  stop() {
    for (const stop of this.#stops) stop();
  }

  #watchFiles(status, sources) {
    const refresh = () => Object.values(sources).forEach((source) => source.refresh());
    status.addEventListener("file-updated", (event) => sources[/** @type {CustomEvent} */ (event).detail]?.refresh());
    const timer = setInterval(refresh, REFRESH_MS);
    this.#stops.push(() => clearInterval(timer));
    refresh();
  }
}

function jumps() {
  const links = ["state", "do", "mend", "log"].map((name) =>
    element("a", { class: "button quiet", text: t(`admin.section.${name}`), attributes: { href: `#section-${name}` } }),
  );
  return element("nav", { class: "jumps", attributes: { "aria-label": t("admin.sections") } }, links);
}
