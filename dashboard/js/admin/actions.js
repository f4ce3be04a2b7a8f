// The actions of one step each: collect, roll up, push, maintenance, fill what was missed.

import { element } from "../dom.js";
import { formatDateTime, formatPower, formatShare } from "../format.js";
import { instant, number } from "../data/document.js";
import { t } from "../text/index.js";
import { Action, field, select } from "./action.js";
import { fromField } from "./localtime.js";
import { lines } from "./outcome.js";
import { list, object, text } from "./shape.js";

/**
 * What every action works with.
 * @typedef {object} Tools
 * @property {import("./ask.js").Ask} ask
 * @property {import("../status.js").Status} status
 * @property {import("../zone.js").Zone} zone the house's
 * @property {(service: string) => string} lastLine the newest log line of a service
 */

/** @param {Tools} tools @returns {HTMLElement[]} */
export const simpleActions = (tools) => [collect(tools), rollUp(tools), push(tools), maintenance(tools), backfill(tools)];

/** How far something is that only the log tells. @param {Tools} tools @param {string} service */
export const logProgress = (tools, service) => () => ({ share: null, text: tools.lastLine(service) });

const paragraph = (said) => element("p", { text: said });

function collect({ ask, zone }) {
  const action = new Action({ name: "collect" });
  const tell = (data) => {
    const { timestamp, power } = object(data.reading);
    return [paragraph(t("admin.collect.done", { power: formatPower(number(power)), time: formatDateTime(instant(timestamp), zone.name) }))];
  };
  action.button(t("admin.collect.do"), "primary", () => ({ run: () => ask("collector", "collect"), tell }));
  return action.element;
}

function rollUp({ ask }) {
  const tier = select("rollup-tier", [["all", t("admin.tier.all")], ...named(["weekly", "monthly", "yearly"])]);
  const action = new Action({ name: "rollup", fields: [field(t("admin.which-file"), tier)] });
  const tell = (data) => [lines(Object.entries(object(data.tiers)).map(([name, points]) => t("admin.rollup.done", { file: `${name}.json`, points: text(points) })))];
  action.button(t("admin.rollup.do"), "primary", () => ({ run: () => ask("aggregator", "rollup", { tier: tier.value }), tell }));
  return action.element;
}

function push(tools) {
  const tier = select("push-tier", [["all", t("admin.tier.all")], ...named(["monthly", "yearly"])]);
  const action = new Action({ name: "push", fields: [field(t("admin.which-file"), tier)] });
  const work = (more, question) => () => ({
    run: () => tools.ask("syncer", "push", { tier: tier.value, ...more }),
    tell: tellPush,
    progress: logProgress(tools, "syncer"),
    question,
  });
  action.button(t("admin.dry-run"), "", work({ dry_run: true }));
  action.button(t("admin.push.do"), "primary", work({}));
  const letGo = { title: t("admin.push.force-title"), text: t("admin.push.force-text"), label: t("admin.push.force") };
  action.button(t("admin.push.force"), "danger", work({ force: true }, letGo));
  return action.element;
}

function tellPush(data) {
  if (data.would) return [lines(Object.entries(object(data.would)).map(([path, what]) => `${path}: ${text(what)}`)) || paragraph(t("admin.push.nothing"))];
  const said = [
    ...Object.entries(object(data.merged)).map(([path, days]) => t("admin.push.merged", { path, count: list(days).length })),
    ...list(data.pushed).map((path) => t("admin.push.pushed", { path: text(path) })),
    ...list(data.unchanged).map((path) => t("admin.push.unchanged", { path: text(path) })),
    ...list(data.kept_aside).map((what) => t("admin.push.kept-aside", { what: text(what) })),
    ...Object.entries(object(data.held)).map(([path, days]) => {
      const why = text(object(data.held_because)[path]);
      return t("admin.push.held", { path, count: list(days).length }) + (why ? `: ${why}` : "");
    }),
  ];
  return [lines(said) || paragraph(t("admin.push.nothing"))];
}

function maintenance({ ask, status }) {
  const action = new Action({ name: "maintenance", fields: [element("p", {}, [stateOf(status)])] });
  const tell = (data) => [paragraph(t(data.maintenance === "on" ? "admin.maintenance.is-on" : "admin.maintenance.is-off"))];
  for (const state of ["on", "off"]) {
    action.button(t(`admin.maintenance.${state}`), "", () => ({ run: () => ask("collector", "maintenance", { state }), tell }));
  }
  return action.element;
}

function stateOf(status) {
  const badge = element("span");
  const draw = () => {
    const { maintenance: state } = status.state;
    badge.className = `badge ${state === "on" ? "warn" : ""}`;
    badge.textContent = t(state === "on" ? "admin.maintenance.is-on" : state === "off" ? "admin.maintenance.is-off" : "admin.unknown");
  };
  status.addEventListener("change", draw);
  draw();
  return badge;
}

function backfill({ ask, status, zone }) {
  const since = element("input", { attributes: { id: "backfill-since", type: "datetime-local", step: 1 } });
  const until = element("input", { attributes: { id: "backfill-until", type: "datetime-local", step: 1 } });
  const action = new Action({
    name: "backfill",
    fields: [
      field(t("admin.backfill.since"), since, t("admin.backfill.since-help")),
      field(t("admin.backfill.until"), until, t("admin.house-time", { zone: zone.name })),
    ],
  });
  const tell = (data) => {
    const [from, to] = [data.from, data.to].map((time) => formatDateTime(instant(time), zone.name));
    return [paragraph(t("admin.backfill.done", { readings: text(data.readings), gaps: text(data.gaps), from, to }))];
  };
  const progress = () => {
    const state = object(status.state.services.collector?.health).backfill;
    const share = number(object(state).done);
    return { share, text: share === null ? "" : t("admin.backfill.progress", { share: formatShare(share), readings: text(state.readings) }) };
  };
  action.button(t("admin.backfill.do"), "primary", () => ({
    run: () => ask("collector", "backfill", { ...time("since", since, zone), ...time("until", until, zone) }),
    tell,
    progress,
  }));
  return action.element;
}

/** A request's time out of a field, if it is filled. */
function time(key, input, zone) {
  const given = fromField(zone, input.value);
  return given === null ? {} : { [key]: new Date(given).toISOString() };
}

const named = (tiers) => tiers.map((tier) => [tier, `${tier}.json`]);
