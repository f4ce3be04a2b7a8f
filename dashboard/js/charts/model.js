// What a chart shows: its stretches on the time axis, and the code that draws them, which nobody needs before Chart.js.

/**
 * @typedef {object} Model
 * @property {number} count of stretches
 * @property {(index: number) => {from: number, to: number}} stretch
 * @property {(time: number) => number} near the stretch at or nearest to a time
 * @property {() => Promise<{config: (model: any, chosen: () => {from: number, to: number} | null, canvas: {clientWidth: number}) => any}>} drawing gives Chart.js its configuration
 */

/** The code that draws each kind. */
export const DRAWINGS = { band: () => import("./band.js"), energy: () => import("./energy.js") };

/**
 * A value over time: its mean, and from minimum to maximum a band.
 * @param {object} given
 * @param {import("../data/segments.js").Segments} given.segments
 * @param {import("../zone.js").Zone} given.zone
 * @param {number} given.from @param {number} given.to
 * @param {import("./marks.js").Marks} given.marks
 * @param {{from: number, to: number}[]} [given.weekends]
 * @param {import("../data/segments.js").Segments | null} [given.before] the same time of the period before, drawn dashed
 */
export function bandModel({ segments, zone, from, to, marks, weekends = [], before = null }) {
  return {
    count: segments.length,
    stretch: (index) => ({ from: segments.from[index], to: segments.to[index] }),
    near: (time) => segments.near(time),
    drawing: DRAWINGS.band,
    ...{ segments, zone, from, to, marks, weekends, before },
  };
}

/**
 * Energy of each hour or day.
 * @param {object} given
 * @param {import("../data/slots.js").Slot[]} given.slots
 * @param {import("../zone.js").Zone} given.zone
 * @param {import("./marks.js").Marks} given.marks
 * @param {{from: number, to: number}[]} given.weekends
 * @param {(number | null)[]} [given.before] energy of the same slots of the period before, drawn as dashes
 */
export function energyModel({ slots, zone, marks, weekends, before = [] }) {
  return {
    count: slots.length,
    stretch: (index) => slots[index],
    near: (time) => Math.max(0, slots.findLastIndex((slot) => slot.from <= time)),
    drawing: DRAWINGS.energy,
    ...{ slots, zone, from: slots[0].from, to: slots[slots.length - 1].to, marks, weekends, before },
  };
}
