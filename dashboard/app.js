// The page: fetch the four files, keep the newest of each, draw the one that is asked for.

import { bars, curve, follow } from "./chart.js";
import { Zone } from "./times.js";

const HOUR = 3600_000;
const DAY = 24 * HOUR;
const DAILY_EVERY_MS = 5_000;
const TIER_EVERY_MS = 60_000;
const TIMEOUT_MS = 10_000;
const LONGEST_HOLD_MS = 25 * 60_000; // a reading without an interval speaks no longer than this
const STALE_MS = 25 * 60_000;
const FULL = 0.995; // coverage from which a bar counts as whole
const TIERS = { daily: "today", weekly: "the last 7 days", monthly: "the last 30 days", yearly: "the last 365 days" };

const byId = (id) => document.getElementById(id);
const files = new Map(); // tier -> {etag, document, missing}
let shown = "daily";
let troubleSince = null;

const number = (value, digits) =>
  new Intl.NumberFormat(undefined, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);
const watts = (value) => (Math.abs(value) >= 10_000 ? `${number(value / 1000, 1)} kW` : `${number(value, 0)} W`);
const energy = (value) => `${number(value, Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2)} kWh`;
const axis = (value, grid) => number(value, Math.max(0, -Math.floor(Math.log10(grid) + 1e-9)));
const isNumber = (value) => typeof value === "number" && Number.isFinite(value);

async function load(tier) {
  const known = files.get(tier);
  const headers = known?.etag ? { "If-None-Match": known.etag } : {};
  const answer = await fetch(`${tier}.json`, { headers, cache: "no-store", signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (answer.status === 304) return false;
  if (answer.status === 404) {
    files.set(tier, { missing: true });
    return !known?.missing;
  }
  if (!answer.ok) throw new Error(`the web server answers ${answer.status}`);
  const document = await answer.json();
  if (!Array.isArray(document?.data_points)) throw new Error(`${tier}.json is not what it should be`);
  files.set(tier, { etag: answer.headers.get("ETag"), document });
  return true;
}

async function refresh(tier) {
  try {
    if (await load(tier)) draw(tier);
    if (troubleSince !== null) trouble(null);
  } catch (error) {
    trouble(error);
  }
}

function trouble(error) {
  const place = byId("trouble");
  troubleSince = error ? (troubleSince ?? new Date()) : null;
  place.hidden = !error;
  if (!error) return;
  const time = troubleSince.toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" });
  place.textContent = `No fresh data since ${time} (${error.message || error.name}). What is shown may be old; trying again.`;
}

// What a reading knows: its interval, or the value held until the next reading.
function spansOf(points) {
  const spans = [];
  points.forEach((point, index) => {
    const time = Date.parse(point.timestamp);
    const interval = point.interval;
    if (interval && isNumber(interval.seconds)) {
      const known = interval.power;
      if (!known || !isNumber(known.mean) || !(interval.coverage > 0)) return;
      spans.push({ from: time - interval.seconds * 1000, to: time, value: known.mean, min: known.min ?? known.mean, max: known.max ?? known.mean });
    } else if (isNumber(point.power)) {
      const next = index + 1 < points.length ? Date.parse(points[index + 1].timestamp) : time + 60_000;
      spans.push({ from: time, to: Math.min(next, time + LONGEST_HOLD_MS), value: point.power, min: point.power, max: point.power });
    }
  });
  return spans;
}

function drawDay(document, zone, width) {
  const points = document.data_points;
  const date = document.date;
  const within = Date.parse(document.today?.timestamp ?? points[points.length - 1].timestamp);
  const from = zone.startOf(date ?? zone.date.format(within), within);
  const to = zone.nextDay(from);
  const spans = spansOf(points).map((span) => ({ ...span, from: Math.max(span.from, from), to: Math.min(span.to, to) }))
    .filter((span) => span.to > span.from);
  const marks = [];
  for (let time = from; time < to; time += HOUR) {
    if (Number(zone.hour.format(time)) % 3 === 0) marks.push({ time, text: zone.clock.format(time) });
  }
  const drawn = curve({ spans, from, to, width, marks, format: axis, label: "Power today, in watts" });
  follow(drawn, spans, (span) => {
    byId("readout").textContent = span === null ? "" :
      `${zone.clock.format(span.from)} – ${zone.clock.format(span.to)}: ${watts(span.value)}` +
      (span.max > span.min ? ` (${watts(span.min)} to ${watts(span.max)})` : "");
  });
  byId("summary").textContent = "Power in watts; the shade reaches from the lowest to the highest value";
  return drawn.svg;
}

function barsOf(document, tier, zone) {
  const length = (from) => (tier === "weekly" ? from + HOUR : zone.nextDay(from));
  return document.data_points.filter((point) => isNumber(point.energy_kwh)).map((point) => {
    const from = Date.parse(point.timestamp);
    return { from, to: length(from), value: point.energy_kwh, below: point.export_kwh ?? 0, coverage: point.coverage, partial: point.coverage < FULL };
  });
}

function marksOf(tier, from, to, zone) {
  const marks = [];
  for (let time = from; time < to; time = zone.nextDay(time)) {
    const text = zone.short.format(time);
    if (tier === "weekly") marks.push({ time: time + DAY / 2, text: zone.weekday.format(time) });
    else if (tier === "monthly") marks.push({ time: time + DAY / 2, text });
    else if (zone.date.format(time).endsWith("-01")) marks.push({ time, text: zone.month.format(time) });
  }
  return marks;
}

function drawTier(document, tier, zone, width) {
  const given = barsOf(document, tier, zone);
  const [from, to] = [given[0].from, given[given.length - 1].to];
  const marks = marksOf(tier, zone.startOf(zone.date.format(from), from), to, zone);
  const drawn = bars({ bars: given, from, to, width, marks, format: axis, label: `Energy of ${TIERS[tier]}, in kWh` });
  follow(drawn, given, (bar) => {
    const hours = tier === "weekly" ? `, ${bar === null ? "" : zone.clock.format(bar.from)}` : "";
    byId("readout").textContent = bar === null ? "" :
      `${zone.day.format(bar.from)}${hours}: ${energy(bar.value)}` +
      (bar.below > 0 ? `, ${energy(bar.below)} exported` : "") +
      (bar.partial && isNumber(bar.coverage) ? `, ${number(bar.coverage * 100, 0)} % of it known` : "");
  });
  const total = given.reduce((sum, bar) => sum + bar.value, 0);
  const sold = given.reduce((sum, bar) => sum + bar.below, 0);
  byId("summary").textContent = `${energy(total)} used${sold > 0 ? `, ${energy(sold)} exported` : ""}; kWh each ${tier === "weekly" ? "hour" : "day"}`;
  return drawn.svg;
}

function drawFigures(document, zone) {
  const points = document.data_points;
  const last = points[points.length - 1];
  byId("now").textContent = isNumber(last?.power) ? watts(last.power) : "–";
  if (last) {
    const time = Date.parse(last.timestamp);
    const old = Date.now() - time > STALE_MS;
    byId("now-note").textContent = `${old ? "last known at" : "at"} ${zone.clock.format(time)}${isNumber(last.power) ? "" : ", power unknown"}`;
  }
  const today = document.today;
  byId("energy").textContent = isNumber(today?.energy_kwh) ? energy(today.energy_kwh) : "–";
  byId("energy-note").textContent = today?.export_kwh > 0 ? `${energy(today.export_kwh)} exported` : "";
}

function draw(tier) {
  const file = files.get(tier);
  const document = file?.document;
  const zone = document && new Zone(document.timezone);
  if (tier === "daily" && document) drawFigures(document, zone);
  if (tier !== shown) return;
  const points = document?.data_points ?? [];
  const usable = tier === "daily" ? points.length > 0 : points.some((point) => isNumber(point.energy_kwh));
  byId("chart").replaceChildren();
  byId("readout").textContent = "";
  byId("summary").textContent = "";
  byId("empty").hidden = usable || !file;
  if (!usable) {
    byId("empty").textContent = tier === "daily"
      ? "No reading yet today. The first one appears here by itself."
      : `Nothing recorded for ${TIERS[tier]} yet. This fills at midnight, or from Home Assistant's history.`;
    return;
  }
  const width = Math.max(280, byId("chart").clientWidth);
  byId("chart").append(tier === "daily" ? drawDay(document, zone, width) : drawTier(document, tier, zone, width));
}

function show(tier, { focus = false } = {}) {
  shown = tier in TIERS ? tier : "daily";
  for (const tab of document.querySelectorAll("[role=tab]")) {
    const chosen = tab.dataset.tier === shown;
    tab.setAttribute("aria-selected", String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
    if (chosen && focus) tab.focus();
    if (chosen) byId("panel").setAttribute("aria-labelledby", tab.id);
  }
  draw(shown);
  refresh(shown);
}

function start() {
  const names = Object.keys(TIERS);
  const choose = (tier, options) => {
    history.replaceState(null, "", `#${tier}`);
    show(tier, options);
  };
  byId("tabs").addEventListener("click", (event) => event.target.dataset.tier && choose(event.target.dataset.tier));
  byId("tabs").addEventListener("keydown", (event) => {
    const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (move) choose(names[(names.indexOf(shown) + move + names.length) % names.length], { focus: true });
  });
  window.addEventListener("hashchange", () => show(location.hash.slice(1)));
  new ResizeObserver(() => draw(shown)).observe(byId("chart"));
  const whenVisible = (work) => () => document.visibilityState === "visible" && work();
  setInterval(whenVisible(() => refresh("daily")), DAILY_EVERY_MS);
  setInterval(whenVisible(() => shown !== "daily" && refresh(shown)), TIER_EVERY_MS);
  document.addEventListener("visibilitychange", whenVisible(() => refresh(shown)));
  show(location.hash.slice(1));
  if (shown !== "daily") refresh("daily");
}

start();
