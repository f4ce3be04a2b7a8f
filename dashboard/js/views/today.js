// Today: how much now, how much so far, is that normal?

import { cardList, gauge } from "../cards.js";
import { ChartBox } from "../charts/box.js";
import { hourMarks } from "../charts/marks.js";
import { bandModel } from "../charts/model.js";
import { now } from "../clock.js";
import { change, hourAt, isComparable, usual, verdict, yesterdayUntil } from "../data/compare.js";
import { collectionSeconds, HEARTBEATS, writeSpacing } from "../data/heartbeat.js";
import { currentOf } from "../data/current.js";
import { Segments, segmentsOf, stretchesOf } from "../data/segments.js";
import { isPartial, slotsOf } from "../data/slots.js";
import { unknownSpans } from "../data/unknown.js";
import { element, replace, replaceChanged } from "../dom.js";
import { formatAge, formatDay, formatEnergy, formatPower, formatShare, formatTime, formatValue, splitPower } from "../format.js";
import { outageList } from "../outages.js";
import { t } from "../text/index.js";
import { whenTime } from "../when.js";
import { Zone } from "../zone.js";
import { todayCost } from "./cost.js";
import { FileView } from "./file.js";
import { segmentTable, summaryText, timeSpan, writer } from "./words.js";

export class TodayView extends FileView {
  /** @param {import("./file.js").Context} context */
  constructor(context) {
    super("daily", context);
    this.hero = element("div");
    this.chart = new ChartBox({ title: t("today.chart") });
    this.chart.foot.append(this.downloads);
    this.body.append(this.hero, this.top, this.chart.element, this.outages, this.metrics.element);
  }

  update(document) {
    const time = document.times.at(-1) ?? document.day;
    const weekly = this.companion.state.document;
    const before = this.before(() => yesterdayUntil(document, weekly, time));
    this.#figures(document, time, weekly, before);
    this.#charts(document, weekly);
  }

  updateNow(document) {
    const time = document.times.at(-1) ?? document.day;
    const weekly = this.companion.state.document;
    this.#hero(document, time, weekly, this.before(() => yesterdayUntil(document, weekly, time)));
    const limits = this.#limits(document);
    this.#outages(document, limits, segmentsOf(stretchesOf(document, limits), "power"));
  }

  #figures(document, time, weekly, before) {
    this.#hero(document, time, weekly, before);
    const power = document.today?.metrics.get("power");
    const label = t("before.yesterday", { time: formatTime(time, document.zone.name) });
    const compared = (value, key) => (before.summary === null ? {} : { change: change(value, before.summary[key]), before: label });
    const cards = [
      ...todayCost(document, weekly, time, before),
      { label: t("card.mean"), value: formatPower(power?.mean), ...compared(power?.mean, "mean") },
      { label: t("card.min"), value: formatPower(power?.min), ...compared(power?.min, "min") },
      { label: t("card.max"), value: formatPower(power?.max), ...compared(power?.max, "max") },
    ];
    const exported = document.today?.exported ?? null;
    if (exported > 0 || before.summary?.exported > 0) cards.push({ label: t("card.export"), value: formatEnergy(exported), kind: "export", ...compared(exported, "exported") });
    replace(this.top, cardList(cards), comparedNote(before, document.zone));
  }

  #hero(document, time, weekly, before) {
    const cards = [this.#nowCard(document, weekly), this.#energyCard(document, time, weekly, before)];
    replace(this.hero, cardList(cards, "cards hero"));
  }

  /** The live value, before the day has a reading or while the file can't be had. */
  updateWithout() {
    const { value, time, live } = currentOf(this.context.status.state, null);
    if (!live || time === null) return null;
    const [figure, unit] = splitPower(value);
    const at = t("now.live", { time: whenTime(time, new Zone(this.context.site.timezone ?? "UTC")) });
    return cardList([{ label: t("card.now"), value: figure, unit, note: value === null ? `${t("now.unknown")} ${at}` : at, kind: "now live" }], "cards hero");
  }

  #nowCard(document, weekly) {
    const { value, time, live } = currentOf(this.context.status.state, document);
    const age = time === null ? null : (now() - time) / 1000;
    const old = age !== null && age > (this.#heartbeat() + (live ? 0 : writeSpacing(document))) / 1000;
    const [figure, unit] = splitPower(value);
    const power = time === null ? null : usual(document, weekly, time).power;
    const at = time === null ? t("now.never") : old ? t("now.old", { age: formatAge(age) }) : t(live ? "now.live" : "now.at", { time: whenTime(time, document.zone) });
    const hour = time === null || weekly === null ? null : hourAt(slotsOf(weekly), document.zone.sameTime(time, -1));
    return {
      label: t("card.now"),
      value: figure,
      unit,
      note: value === null && time !== null ? `${t("now.unknown")} ${at}` : at,
      kind: old ? "now old" : live ? "now live" : "now",
      ...(hour && !old ? { change: change(value, hour.metrics.get("power")?.mean), before: t("before.hour") } : {}),
      more: power ? [element("p", { class: "usual", text: t(`usual.now.${verdict(value, power) ?? "usual"}`, rangeWords(power, formatPower)) })] : [],
    };
  }

  #energyCard(document, time, weekly, before) {
    const { today, zone } = document;
    const energy = today?.energy ?? null;
    const enough = energy !== null && isComparable(today.coverage);
    const range = enough ? usual(document, weekly, time).energy : null;
    const isToday = zone.date(now()) === zone.date(document.day);
    const partial = today !== null && isPartial(today.coverage);
    const why = weekly === null || time <= document.day ? "" : t(enough || energy === null ? "usual.notYet" : "usual.partial");
    const words = range ? t(`usual.energy.${verdict(energy, range)}`, { ...rangeWords(range, formatEnergy), days: range.days }) : why;
    return {
      label: isToday ? t("card.today") : formatDay(document.day, zone.name),
      value: formatValue(energy),
      unit: "kWh",
      kind: partial ? "total partial" : "total",
      ...(before.summary ? { change: change(energy, before.summary.energy), before: t("before.yesterday", { time: formatTime(time, zone.name) }) } : {}),
      note: partial ? t("partial.day", { share: formatShare(today.coverage) }) : "",
      more: [range && gauge(energy, range, words), words && element("p", { class: "usual", text: words })].filter(Boolean),
    };
  }

  #heartbeat() {
    return collectionSeconds(this.context.site, this.document.times) * 1000 * HEARTBEATS;
  }

  /** How long a value holds, and until when. */
  #limits({ zone, day }) {
    return { heartbeat: this.#heartbeat(), until: Math.min(now(), zone.nextDay(day)) };
  }

  #charts(document, weekly) {
    const { zone, day } = document;
    const end = zone.nextDay(day);
    const limits = this.#limits(document);
    const stretches = stretchesOf(document, limits);
    const power = segmentsOf(stretches, "power");
    const content = (name, before = null) => {
      const segments = name === "power" ? power : segmentsOf(stretches, name);
      if (segments.length === 0 && name !== "power") return null;
      return bandContent({ name, segments, document, from: day, to: end, before });
    };
    this.chart.show(content("power", weekly && shifted(weekly, zone, day, end)));
    this.metrics.show(document, (name) => content(name));
    this.#outages(document, limits, power);
  }

  #outages(document, { heartbeat, until }, power) {
    const [time, end] = [now(), document.zone.nextDay(document.day)];
    const last = document.times.at(-1) ?? document.day;
    const silent = until - last > heartbeat;
    const known = Array.from({ length: power.length }, (_, index) => ({ from: power.from[index], to: power.to[index], coverage: power.coverage[index] }));
    const spans = unknownSpans(known, document.day, silent ? until : last);
    replaceChanged(this.outages, outageList(spans, document.zone, { days: false, open: silent && time < end ? until : null }));
  }

  close() {
    super.close();
    this.chart.close();
  }
}

/** What a band chart of readings shows. */
function bandContent({ name, segments, document, from, to, before }) {
  const { zone, units } = document;
  const write = writer(name, units);
  const summary = segments.length === 0 ? t("tell.nothing") : t("tell.last", { time: whenTime(segments.to[segments.length - 1], zone), value: write(segments.mean[segments.length - 1]) });
  return {
    model: bandModel({ segments, zone, from, to, marks: hourMarks, before }),
    summary,
    tell: (index) => `${timeSpan(segments.from[index], segments.to[index], zone)}: ${summaryText({ mean: segments.mean[index], min: segments.min[index], max: segments.max[index] }, write)}`,
    legend: [
      { className: "key-line", text: t("legend.mean", { unit: name === "power" ? "W" : (units.get(name) ?? "") }) },
      { className: "key-band", text: t("legend.band") },
      ...(before ? [{ className: "key-dashed", text: t("legend.yesterday") }] : []),
    ],
    table: segmentTable(segments, zone, write),
  };
}

/** Yesterday's hours at today's time of day, or null when none is known. */
function shifted(weekly, zone, day, end) {
  const yesterday = zone.startOfDay(day, -1);
  const slots = slotsOf(weekly).filter(({ from, bucket }) => from >= yesterday && from < day && bucket?.metrics.has("power"));
  const moved = new Segments(slots.length);
  for (const { from, to, bucket } of slots) {
    const [start, stop] = [zone.sameTime(from, 1), Math.min(to === day ? end : zone.sameTime(to, 1), end)];
    if (stop > start) moved.push(start, stop, bucket.metrics.get("power"), 1);
  }
  return moved.length > 0 ? moved : null;
}

const rangeWords = ({ least, most }, write) => ({ least: write(least), most: write(most) });

/** Why there is no comparison, if there is none. */
export function comparedNote(before, zone) {
  if (before.why === null) return null;
  const values = before.from > 0 ? { from: formatDay(before.from, zone.name), to: formatDay(before.to - 1, zone.name) } : {};
  return element("p", { class: "muted small compared", text: t(`compare.${before.why}`, values) });
}
