// What a chart says in words: one stretch, a legend, the rows of its table.

import { formatDay, formatEnergy, formatMeasure, formatMoney, formatPower, formatShare } from "../format.js";
import { t } from "../text/index.js";
import { whenDateTime, whenSeconds, whenTime } from "../when.js";

/** How a metric's values are written. @param {string} name @param {Map<string, string>} units */
export function writer(name, units) {
  return name === "power" ? formatPower : (value) => formatMeasure(value, units.get(name) ?? "");
}

/** 14:10 – 14:20; to the second where a stretch is shorter than a minute. */
export function timeSpan(from, to, zone) {
  const clock = to - from < 60_000 ? whenSeconds : whenTime;
  return `${clock(from, zone)} – ${clock(to, zone)}`;
}

/** An hour or a day. @param {{from: number, to: number, weekend: boolean}} slot @param {string} tier @param {any} zone */
export function slotName({ from, to, weekend }, tier, zone) {
  const name = tier === "weekly" ? `${whenDateTime(from, zone)} – ${whenTime(to, zone)}` : formatDay(from, zone.name);
  return weekend ? `${name} (${t("weekend")})` : name;
}

/** 388 W (120 W to 2 210 W). */
export function summaryText({ mean, min, max }, write) {
  return max > min ? t("tell.range", { mean: write(mean), min: write(min), max: write(max) }) : write(mean);
}

/** One hour or day in words. @param {import("../data/slots.js").Slot} slot @param {string} tier @param {any} zone @param {number | null} [before] kWh */
export function slotText(slot, tier, zone, before = null) {
  const { bucket } = slot;
  const name = slotName(slot, tier, zone);
  if (bucket === null) return `${name}: ${t("tell.unknown")}`;
  const parts = [
    formatEnergy(bucket.energy),
    bucket.exported > 0 && t("tell.exported", { energy: formatEnergy(bucket.exported) }),
    bucket.coverage !== null && bucket.coverage < 1 && t("tell.partial", { share: formatShare(bucket.coverage) }),
    bucket.coverage === null && t("tell.imported"),
    bucket.corrected !== null && t("tell.corrected"),
    before !== null && t("tell.before", { energy: formatEnergy(before) }),
  ];
  return `${name}: ${parts.filter(Boolean).join(", ")}`;
}

/** The table of stretches. @param {import("../data/segments.js").Segments} segments */
export function segmentTable(segments, zone, write, days = false) {
  const name = (from, to) => (days ? formatDay(from, zone.name) : timeSpan(from, to, zone));
  return {
    head: [t("table.time"), t("table.mean"), t("table.min"), t("table.max")],
    count: segments.length,
    row: (index) => {
      const at = segments.length - 1 - index;
      return [name(segments.from[at], segments.to[at]), write(segments.mean[at]), write(segments.min[at]), write(segments.max[at])];
    },
  };
}

/** The table of hours or days. @param {import("../data/slots.js").Slot[]} slots */
export function slotTable(slots, tier, zone, currency) {
  const priced = (cell) => (currency === null ? [] : [cell()]);
  return {
    head: [t("table.time"), t("table.energy"), t("table.export"), ...priced(() => t("table.cost")), t("table.mean"), t("table.min"), t("table.max"), t("table.coverage")],
    count: slots.length,
    row: (index) => {
      const slot = slots[slots.length - 1 - index];
      const power = slot.bucket?.metrics.get("power");
      const { energy, exported, coverage, cost } = slot.bucket ?? { energy: null, exported: null, coverage: 0, cost: null };
      return [slotName(slot, tier, zone), formatEnergy(energy), formatEnergy(exported), ...priced(() => formatMoney(cost, currency)), formatPower(power?.mean), formatPower(power?.min), formatPower(power?.max), formatShare(coverage)];
    },
  };
}
