// A chart of a value over time: its mean as a line of steps, from minimum to maximum a band, gaps as gaps.

import { colours as shownColours } from "./colours.js";
import { fit, steps } from "./columns.js";
import { cursor, frameOptions, shade, valueRange } from "./frame.js";

const LINE = { pointRadius: 0, spanGaps: false, normalized: true, parsing: false };

/** @param {ReturnType<typeof import("./model.js").bandModel>} model @param {() => any} chosen @param {{clientWidth: number}} canvas */
export function config({ segments, zone, from, to, marks, weekends, before }, chosen, canvas) {
  const colours = shownColours();
  const drawn = fit(segments, from, to, Math.max(canvas.clientWidth, 200));
  const [least, most] = bounds(drawn, before);
  return {
    type: "line",
    data: { datasets: datasets(drawn, before, colours) },
    options: frameOptions({ zone, from, to, marks: (width) => marks(zone, from, to, width), range: valueRange(least, most), colours }),
    plugins: [shade(weekends, colours), cursor(chosen, colours)],
  };
}

function datasets(drawn, before, colours) {
  const invisible = { ...LINE, borderWidth: 0 };
  const list = [
    { ...LINE, data: steps(drawn, "mean"), borderColor: colours.line, borderWidth: 2, borderJoinStyle: "round", order: 1 },
    { ...invisible, data: steps(drawn, "max"), fill: 2, backgroundColor: colours.band, order: 3 },
    { ...invisible, data: steps(drawn, "min"), fill: false, order: 3 },
  ];
  if (before) list.push({ ...LINE, data: steps(before, "mean"), borderColor: colours.before, borderWidth: 1.25, borderDash: [4, 3], order: 2 });
  return list;
}

function bounds(drawn, before) {
  let [least, most] = [Infinity, -Infinity];
  for (let index = 0; index < drawn.length; index += 1) {
    least = Math.min(least, drawn.min[index]);
    most = Math.max(most, drawn.max[index]);
  }
  for (let index = 0; index < (before?.length ?? 0); index += 1) {
    least = Math.min(least, before.mean[index]);
    most = Math.max(most, before.mean[index]);
  }
  return [least, most];
}
