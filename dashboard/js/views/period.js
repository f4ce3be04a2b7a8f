// 7, 30 and 365 days: energy of each hour or day, and how that is against the time before.

import { cardList } from "../cards.js";
import { ChartBox } from "../charts/box.js";
import { dateMarks, monthMarks, weekdayMarks, weekends } from "../charts/marks.js";
import { bandModel, energyModel } from "../charts/model.js";
import { change, periodBefore } from "../data/compare.js";
import { currentOf } from "../data/current.js";
import { historyOf, shownSlots } from "../data/history.js";
import { Segments } from "../data/segments.js";
import { DAYS, isPartial, slotsOf, summarise } from "../data/slots.js";
import { unknownSpans } from "../data/unknown.js";
import { element, replace } from "../dom.js";
import { formatDay, formatEnergy, formatPower, formatShare, formatValue } from "../format.js";
import { outageList } from "../outages.js";
import { recall, remember } from "../store.js";
import { t } from "../text/index.js";
import { whenTime } from "../when.js";
import { periodCost } from "./cost.js";
import { FileView } from "./file.js";
import { comparedNote } from "./today.js";
import { segmentTable, slotName, slotTable, slotText, summaryText, writer } from "./words.js";

const BAND = "power-band";
const MARKS = { weekly: weekdayMarks, monthly: dateMarks, yearly: monthMarks };

export class PeriodView extends FileView {
  /** @param {import("./file.js").Context} context @param {"weekly" | "monthly" | "yearly"} tier */
  constructor(context, tier) {
    super(tier, context);
    this.tier = tier;
    this.energy = new ChartBox({ title: t(`period.${tier}.chart`) });
    this.power = new ChartBox({ title: t("period.power") });
    this.switch = /** @type {HTMLInputElement} */ (element("input", { attributes: { type: "checkbox", role: "switch" }, on: { change: () => this.#switched() } }));
    this.energy.foot.prepend(element("label", { class: "switch" }, [this.switch, element("span", { text: t("period.band") })]));
    this.energy.foot.append(this.downloads);
    this.body.append(this.top, this.energy.element, this.power.element, this.outages, this.metrics.element);
  }

  /** The file that reaches further back, once it has come. */
  get longer() {
    return this.companion.state.document;
  }

  get #before() {
    return this.before((longer) => periodBefore(this.document, longer));
  }

  #switched() {
    remember(BAND, this.switch.checked ? "on" : null);
    if (this.document) this.#band(this.document, shownSlots(this.document, this.longer));
  }

  update(document) {
    const slots = shownSlots(document, this.longer);
    const known = historyOf(document, this.longer);
    this.#figures(document, known, this.#before);
    this.#bars(document, slots);
    this.#band(document, slots);
    this.metrics.show(document, (name) => bandContent(name, document, slots));
    const stretches = known.filter(({ bucket }) => bucket !== null).map(({ from, to, bucket }) => ({ from, to, coverage: bucket.coverage ?? 1 }));
    const spans = known.length > 0 ? unknownSpans(stretches, known[0].from, known[known.length - 1].to) : [];
    replace(this.outages, outageList(spans, document.zone, { days: this.tier !== "weekly" }));
  }

  updateNow(document) {
    this.#figures(document, historyOf(document, this.longer), this.#before);
  }

  #figures(document, known, before) {
    const total = summarise(known);
    const label = t(`before.${this.tier}`);
    const compared = (key) => (before.summary === null ? {} : { change: change(total[key], before.summary[key]), before: label });
    const cards = [
      { ...this.#totalCard(document, known, total), ...compared("energy") },
      ...periodCost(document, this.longer, known, before),
      this.#nowCard(before.summary),
      { label: t("card.mean"), value: formatPower(total.mean), ...compared("mean") },
      { label: t("card.min"), value: formatPower(total.min), ...compared("min") },
      { label: t("card.max"), value: formatPower(total.max), ...compared("max") },
    ];
    if (total.exported > 0 || before.summary?.exported > 0) cards.push({ label: t("card.export"), value: formatEnergy(total.exported), kind: "export", ...compared("exported") });
    replace(this.top, cardList(cards, "cards period"), comparedNote(before, document.zone));
  }

  #totalCard(document, known, total) {
    const days = known.length === 0 ? 0 : document.zone.days(known[0].from, known[known.length - 1].to).length;
    const partial = isPartial(total.coverage);
    const young = days < DAYS[this.tier];
    const notes = [
      days > 0 && t("total.perDay", { energy: formatEnergy(total.energy === null ? null : total.energy / days) }),
      young && t("total.since", { day: formatDay(known[0]?.from, document.zone.name) }),
      partial && t("partial.period", { share: formatShare(total.coverage) }),
    ];
    return { label: t(`period.${this.tier}.total`), value: formatValue(total.energy), unit: "kWh", kind: partial ? "total partial" : "total", note: notes.filter(Boolean).join(" · ") };
  }

  #nowCard(before) {
    const { value, time } = currentOf(this.context.status.state, this.context.sources.daily.state.document);
    const compared = before === null || time === null ? {} : { change: change(value, before.mean), before: t(`before.mean.${this.tier}`) };
    return { ...compared, label: t("card.now"), value: formatPower(value), note: time === null ? t("now.elsewhere") : t("now.at", { time: whenTime(time, this.document.zone) }), kind: "now" };
  }

  #bars(document, slots) {
    const { zone } = document;
    const before = this.tier === "monthly" && this.longer ? shiftedEnergies(slots, slotsOf(this.longer), zone) : [];
    const known = slots.filter(({ bucket }) => bucket !== null);
    const some = (test) => known.some(({ bucket }) => test(bucket));
    const highest = known.reduce((best, slot) => ((slot.bucket.energy ?? -1) > (best?.bucket.energy ?? -1) ? slot : best), null);
    this.energy.show({
      model: energyModel({ slots, zone, marks: MARKS[this.tier], weekends: weekends(zone, slots[0].from, slots[slots.length - 1].to), before }),
      summary: highest ? t("tell.most", { name: slotName(highest, this.tier, zone), energy: formatEnergy(highest.bucket.energy) }) : t("tell.nothing"),
      tell: (index) => slotText(slots[index], this.tier, zone, before[index] ?? null),
      legend: [
        { className: "key-bar", text: t(this.tier === "weekly" ? "legend.hour" : "legend.day") },
        ...(some(({ exported }) => exported > 0) ? [{ className: "key-export", text: t("legend.export") }] : []),
        ...(some(({ coverage }) => isPartial(coverage)) ? [{ className: "key-partial", text: t("legend.partial") }] : []),
        ...(before.some((value) => value !== null) ? [{ className: "key-dash", text: t("legend.before") }] : []),
        { className: "key-weekend", text: t("legend.weekend") },
      ],
      table: slotTable(slots, this.tier, zone, document.currency),
    });
  }

  #band(document, slots) {
    this.switch.checked = recall(BAND) === "on"; // chosen for all three periods
    const content = this.switch.checked ? bandContent("power", document, slots) : null;
    this.power.element.hidden = content === null;
    if (content) this.power.show(content);
  }

  close() {
    super.close();
    this.energy.close();
    this.power.close();
  }
}

/** What a band chart of buckets shows, or null when the metric is nowhere known. */
function bandContent(name, document, slots) {
  const { tier, zone, units } = document;
  const known = slots.filter(({ bucket }) => bucket?.metrics.has(name));
  if (known.length === 0) return null;
  const segments = new Segments(known.length);
  for (const { from, to, bucket } of known) segments.push(from, to, bucket.metrics.get(name), 1);
  const write = writer(name, units);
  const [from, to] = [slots[0].from, slots[slots.length - 1].to];
  const text = (index) => summaryText({ mean: segments.mean[index], min: segments.min[index], max: segments.max[index] }, write);
  return {
    model: bandModel({ segments, zone, from, to, marks: MARKS[tier], weekends: weekends(zone, from, to) }),
    summary: t("tell.newest", { name: slotName(known[known.length - 1], tier, zone), value: write(segments.mean[segments.length - 1]) }),
    tell: (index) => `${slotName(known[index], tier, zone)}: ${text(index)}`,
    legend: [
      { className: "key-line", text: t("legend.mean", { unit: name === "power" ? "W" : (units.get(name) ?? "") }) },
      { className: "key-band", text: t("legend.band") },
      { className: "key-weekend", text: t("legend.weekend") },
    ],
    table: { ...segmentTable(segments, zone, write), row: (index) => rowOf(known.length - 1 - index) },
  };
  function rowOf(at) {
    return [slotName(known[at], tier, zone), write(segments.mean[at]), write(segments.min[at]), write(segments.max[at])];
  }
}

/** For each slot the energy of the day as many days before as the file covers. */
function shiftedEnergies(slots, earlier, zone) {
  const byDay = new Map(earlier.filter(({ bucket }) => bucket !== null).map(({ from, bucket }) => [zone.date(from), bucket.energy]));
  return slots.map(({ from }) => byDay.get(zone.date(zone.startOfDay(from, -DAYS.monthly))) ?? null);
}
