// A chart of energy: a bar for each hour or day, export below zero, what is only partly known hatched.

import { isPartial } from "../data/slots.js";
import { colours as shownColours, partly } from "./colours.js";
import { cursor, frameOptions, shade } from "./frame.js";

const BAR = { parsing: false, normalized: true, grouped: false, barPercentage: 1, categoryPercentage: 0.82, borderRadius: 2 };

/** @param {ReturnType<typeof import("./model.js").energyModel>} model @param {() => any} chosen */
export function config({ slots, zone, from, to, marks, weekends, before }, chosen) {
  const colours = shownColours();
  return {
    type: "bar",
    data: { datasets: datasets(slots, before, colours) },
    options: frameOptions({ zone, from, to, marks: (width) => marks(zone, from, to, width), range: { grace: "4%", suggestedMax: 0.1 }, colours }),
    plugins: [shade(weekends, colours), cursor(chosen, colours)],
  };
}

function datasets(slots, before, colours) {
  const middle = ({ from, to }) => (from + to) / 2;
  const bars = (value, colour) => ({
    ...BAR,
    data: slots.map((slot) => ({ x: middle(slot), y: slot.bucket === null ? NaN : (value(slot.bucket) ?? NaN) })),
    backgroundColor: ({ chart, dataIndex }) => (partial(slots[dataIndex]) ? partly(chart.ctx, colour, barWidth(chart, slots)) : colour),
    borderColor: colour,
    borderWidth: ({ chart, dataIndex }) => (partial(slots[dataIndex]) && barWidth(chart, slots) > 3 ? 1 : 0),
    order: 2,
  });
  const list = [bars(({ energy }) => energy, colours.bar)];
  if (slots.some(({ bucket }) => bucket?.exported > 0)) list.push(bars(({ exported }) => (exported === null ? null : -exported), colours.export));
  if (before.some((value) => value !== null)) list.push(dashes(slots, before, middle, colours));
  return list;
}

function dashes(slots, before, middle, colours) {
  return {
    type: "line",
    showLine: false,
    parsing: false,
    pointStyle: "line",
    pointRadius: ({ chart }) => Math.max(3, (chart.chartArea?.width ?? 300) / slots.length / 2),
    pointBorderColor: colours.strong,
    pointBorderWidth: 2,
    data: slots.map((slot, index) => ({ x: middle(slot), y: before[index] ?? NaN })),
    order: 1,
  };
}

const barWidth = (chart, slots) => ((chart.chartArea?.width ?? 300) / slots.length) * BAR.categoryPercentage;
const partial = (slot) => Boolean(slot?.bucket && isPartial(slot.bucket.coverage));
