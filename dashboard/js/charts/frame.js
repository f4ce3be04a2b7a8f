// What every chart has in common: axes, the shade of weekends, the cursor. No animation, no canvas tooltip: what is
// under the cursor is told in words beside the chart.

import { formatNumber } from "../format.js";

const FONT = 12;

/**
 * @param {object} given
 * @param {{name: string}} given.zone
 * @param {number} given.from @param {number} given.to the time axis
 * @param {(width: number) => import("./marks.js").Mark[]} given.marks
 * @param {{min?: number, max?: number, grace?: string}} given.range of the value axis
 * @param {Record<string, string>} given.colours
 */
export function frameOptions({ zone, from, to, marks, range, colours }) {
  const font = { size: FONT, family: getComputedStyle(document.body).fontFamily };
  const ticks = { color: colours.text, font, maxRotation: 0, autoSkip: false };
  return {
    animation: false,
    parsing: false,
    normalized: true,
    spanGaps: false,
    responsive: true,
    maintainAspectRatio: false,
    events: [],
    layout: { padding: { top: 6, right: 2 } },
    plugins: { legend: { display: false }, tooltip: { enabled: false }, decimation: { enabled: false } },
    scales: {
      x: {
        type: "time",
        offset: false, // bars have their place in their own time
        min: from,
        max: to,
        adapters: { date: { zone: zone.name } },
        grid: { display: false },
        border: { color: colours.grid },
        ticks: { ...ticks, source: "labels", callback: (_, index, all) => all[index].text }, // no label: ticks of its own are not made only to be replaced
        afterBuildTicks: (axis) => {
          axis.ticks = marks(axis.chart.width - 56).map(({ time, text }) => ({ value: time, text, major: false }));
        },
      },
      y: {
        ...range,
        grid: { color: (context) => (context.tick.value === 0 ? colours.text : colours.grid), drawTicks: false },
        border: { display: false },
        afterFit: (axis) => (axis.width = Math.max(axis.width, 40)),
        ticks: { ...ticks, padding: 6, maxTicksLimit: 6, callback: (value, _, all) => axisText(value, all) },
      },
    },
  };
}

function axisText(value, ticks) {
  const step = ticks.length > 1 ? Math.abs(ticks[1].value - ticks[0].value) : 1;
  return formatNumber(value, Math.min(3, Math.max(0, -Math.floor(Math.log10(step) + 1e-9))));
}

/** Shade stretches behind the data, with a bar along the axis so that colour alone does not tell. @param {{from: number, to: number}[]} stretches @param {Record<string, string>} colours */
export function shade(stretches, colours) {
  return {
    id: "shade",
    beforeDatasetsDraw: ({ ctx, chartArea: { top, bottom, left, right }, scales: { x } }) => {
      ctx.save();
      for (const { from, to } of stretches) {
        const start = Math.max(x.getPixelForValue(from), left);
        const width = Math.max(Math.min(x.getPixelForValue(to), right) - start, 1);
        ctx.fillStyle = colours.weekend;
        ctx.fillRect(start, top, width, bottom - top);
        ctx.fillStyle = colours.before;
        ctx.fillRect(start, bottom + 1, width, 2.5);
      }
      ctx.restore();
    },
  };
}

/** Mark the chosen stretch. @param {() => {from: number, to: number} | null} chosen @param {Record<string, string>} colours */
export function cursor(chosen, colours) {
  return {
    id: "cursor",
    afterDatasetsDraw: ({ ctx, chartArea: { top, bottom }, scales: { x } }) => {
      const stretch = chosen();
      if (stretch === null) return;
      const [start, end] = [x.getPixelForValue(stretch.from), x.getPixelForValue(stretch.to)];
      ctx.save();
      ctx.fillStyle = colours.strong;
      ctx.globalAlpha = 0.16;
      ctx.fillRect(start, top, Math.max(end - start, 1), bottom - top);
      ctx.globalAlpha = 0.8;
      ctx.fillRect((start + end) / 2 - 0.5, top, 1, bottom - top);
      ctx.restore();
    },
  };
}

/** The value axis: from zero, unless all values lie far from it, as a voltage does. @param {number} least @param {number} most */
export function valueRange(least, most) {
  if (!Number.isFinite(least) || !Number.isFinite(most)) return { min: 0, max: 1 };
  if (least === 0 && most === 0) return { min: 0, max: 1 };
  if (least > 0 && least > most * 0.5) return { grace: "10%" };
  return { min: least < 0 ? undefined : 0, max: most < 0 ? 0 : undefined, grace: "4%" };
}
