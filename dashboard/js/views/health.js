// Health: what the files tell of themselves, and what the services say, where live values are.

import { now } from "../clock.js";
import { collectionSeconds } from "../data/heartbeat.js";
import { lateSince } from "../data/stale.js";
import { EventsFile } from "../data/events.js";
import { COMPANION } from "../data/compare.js";
import { TIERS } from "../data/document.js";
import { historyOf } from "../data/history.js";
import { coverageOf } from "../data/slots.js";
import { element, replace } from "../dom.js";
import { formatAge, formatBytes, formatDateTime, formatNumber, formatShare } from "../format.js";
import { t } from "../text/index.js";
import { obstacle } from "../states.js";
import { Zone } from "../zone.js";
import { alertsView } from "./alerts.js";
import { servicesView } from "./services.js";

/** What a file tells of itself. @param {import("../data/source.js").DocumentSource} source @param {import("../data/document.js").Document | null} companion @param {number} time @param {import("../site.js").Site} site */
export function fileFacts(source, companion, time, site) {
  const { state, file } = source;
  const { document } = state;
  const kind = obstacle(state);
  if (document === null) return { file, kind: kind === "loading" ? "" : "bad", word: t(`file.${kind}`), points: "–", updated: "–", age: "–", size: "–", coverage: "–" };
  const late = lateSince(document, time, { collectionSeconds: collectionSeconds(site, document.times), published: site.published });
  const known = document.tier === "daily" ? (document.today?.coverage ?? null) : coverageOf(historyOf(document, companion));
  const [status, word] = state.problem ? ["bad", `file.${state.problem}`] : state.copy ? ["warn", "file.copy"] : kind === "empty" ? ["warn", "file.empty"] : late !== null ? ["warn", "file.late"] : ["good", "file.fine"];
  const updated = document.lastUpdate;
  return {
    file,
    kind: status,
    word: t(word),
    points: formatNumber(document.points.length + document.buckets.length),
    updated: formatDateTime(updated, document.zone.name),
    age: updated === null ? "–" : t("ago", { age: formatAge((time - updated) / 1000) }),
    size: formatBytes(new TextEncoder().encode(document.text).length),
    coverage: formatShare(known),
  };
}

export class HealthView {
  /** @param {import("./file.js").Context} context */
  constructor(context) {
    this.context = context;
    this.events = new EventsFile();
    this.events.addEventListener("change", () => this.#drawAlerts());
    this.hurry = ({ detail }) => detail.includes("alerts") && this.events.hurry();
    context.status.addEventListener("change", this.hurry);
    this.alerts = element("div");
    this.#drawAlerts();
    this.services = element("div", { class: "services" });
    this.files = element("div", { class: "scroll health-files", attributes: { tabindex: 0, role: "group", "aria-label": t("health.files") } });
    this.facts = element("p", { class: "muted small" });
    this.element = element("div", { class: "stack" }, [
      this.alerts,
      element("section", { class: "stack" }, [
        element("h2", { text: t("health.services") }),
        this.services,
        context.site.mqtt && element("p", {}, [element("a", { text: t("admin.open"), attributes: { href: "admin.html" } })]),
      ]),
      element("section", { class: "panel" }, [element("h2", { text: t("health.files") }), this.files, this.facts]),
    ]);
  }

  render() {
    this.events.refresh();
    const { site, status, sources } = this.context;
    const zone = sources.daily.state.document?.zone.name ?? site.timezone ?? "UTC";
    replace(this.services, servicesView(status.state, now(), site, zone));
    replace(this.files, filesTable(TIERS.map((tier) => sources[tier]).map((source) => fileFacts(source, sources[COMPANION[source.tier]]?.state.document ?? null, now(), site))));
    this.facts.textContent = t("health.facts", { zone, version: site.version ?? "–" });
  }

  renderNow() {
    this.render();
  }

  close() {
    this.context.status.removeEventListener("change", this.hurry);
  }

  #drawAlerts() {
    replace(this.alerts, alertsView(this.events.events, new Zone(this.events.events?.zone ?? this.context.site.timezone ?? "UTC")));
  }
}

function filesTable(rows) {
  const columns = ["word", "age", "points", "coverage", "size", "updated"];
  const head = ["file", ...columns].map((name) => element("th", { text: t(`files.${name}`), attributes: { scope: "col" } }));
  const lines = rows.map((row) =>
    element("tr", {}, [
      element("th", { attributes: { scope: "row" } }, [element("a", { text: row.file, attributes: { href: row.file } })]),
      ...columns.map((name) => (name === "word" ? element("td", {}, [element("span", { class: `badge ${row.kind}`, text: row.word })]) : element("td", { text: row[name] }))),
    ]),
  );
  return element("table", {}, [element("thead", {}, [element("tr", {}, head)]), element("tbody", {}, lines)]);
}
