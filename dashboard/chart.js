// Drawing, in SVG and without a library: one function for the day's curve, one for bars.

const SVG = "http://www.w3.org/2000/svg";
const HEIGHT = 280;
const MARGIN = { top: 12, right: 8, bottom: 24, left: 46 };

function node(name, attributes, text) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

// The step between grid lines: 1, 2 or 5 times a power of ten.
function step(span, lines) {
  const rough = span / lines;
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * [1, 2, 5, 10].find((factor) => factor * power >= rough);
}

function frame(width, from, to, lowest, highest, label, format) {
  const grid = step(Math.max(highest - lowest, 1e-9), 4);
  const bottom = Math.floor(lowest / grid) * grid;
  const top = Math.max(Math.ceil(highest / grid) * grid, bottom + grid);
  const inner = { width: width - MARGIN.left - MARGIN.right, height: HEIGHT - MARGIN.top - MARGIN.bottom };
  const x = (time) => MARGIN.left + ((time - from) / (to - from)) * inner.width;
  const y = (value) => MARGIN.top + (1 - (value - bottom) / (top - bottom)) * inner.height;
  const svg = node("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, role: "img", "aria-label": label });
  for (let line = 0; line <= Math.round((top - bottom) / grid); line += 1) {
    const value = bottom + line * grid;
    const kind = Math.abs(value) < grid / 2 ? "zero" : "grid";
    svg.append(
      node("line", { class: kind, x1: MARGIN.left, x2: width - MARGIN.right, y1: y(value), y2: y(value) }),
      node("text", { x: MARGIN.left - 6, y: y(value) + 4, "text-anchor": "end" }, format(value, grid)),
    );
  }
  return { svg, x, y, width };
}

function ticks(drawn, marks) {
  const room = 44;
  let last = -Infinity;
  for (const { time, text } of marks) {
    const at = drawn.x(time);
    if (at - last < room || at > drawn.width - 16) continue;
    last = at;
    drawn.svg.append(node("text", { x: at, y: HEIGHT - 6, "text-anchor": "middle" }, text));
  }
}

// `spans`: {from, to, value, min, max}, known time only; where one does not touch the next there is a gap.
export function curve({ spans, from, to, width, marks, label, format }) {
  const lowest = Math.min(0, ...spans.map((span) => span.min));
  const highest = Math.max(1, ...spans.map((span) => span.max));
  const drawn = frame(width, from, to, lowest, highest, label, format);
  let line = "";
  let before = null;
  for (const span of spans) {
    const [left, right] = [drawn.x(span.from), drawn.x(span.to)];
    const joined = before !== null && span.from - before <= 1000;
    line += `${joined ? "L" : "M"}${left.toFixed(1)} ${drawn.y(span.value).toFixed(1)}H${right.toFixed(1)}`;
    before = span.to;
    drawn.svg.append(node("rect", {
      class: "band",
      x: left,
      y: drawn.y(span.max),
      width: Math.max(right - left, 0.5),
      height: Math.max(drawn.y(span.min) - drawn.y(span.max), 0),
    }));
  }
  drawn.svg.append(node("path", { class: "curve", d: line }));
  ticks(drawn, marks);
  return drawn;
}

// `bars`: {from, to, value, below, partial}; a bucket that is missing leaves its place empty.
export function bars({ bars: given, from, to, width, marks, label, format }) {
  const lowest = -Math.max(0, ...given.map((bar) => bar.below));
  const highest = Math.max(0.1, ...given.map((bar) => bar.value));
  const drawn = frame(width, from, to, lowest, highest, label, format);
  for (const bar of given) {
    const left = drawn.x(bar.from);
    const wide = Math.max((drawn.x(bar.to) - left) * 0.84, 0.7);
    const zero = drawn.y(0);
    const partial = bar.partial ? " partial" : "";
    drawn.svg.append(node("rect", {
      class: `bar${partial}`, x: left, width: wide, y: drawn.y(bar.value), height: zero - drawn.y(bar.value),
    }));
    if (bar.below > 0) {
      drawn.svg.append(node("rect", {
        class: `bar export${partial}`, x: left, width: wide, y: zero, height: drawn.y(-bar.below) - zero,
      }));
    }
  }
  ticks(drawn, marks);
  return drawn;
}

// Call `tell` with the item under the pointer, and with null when it leaves.
export function follow(drawn, items, tell) {
  const cursor = node("line", { class: "cursor", y1: MARGIN.top, y2: HEIGHT - MARGIN.bottom, visibility: "hidden" });
  drawn.svg.append(cursor);
  drawn.svg.addEventListener("pointermove", (event) => {
    const box = drawn.svg.getBoundingClientRect();
    const at = ((event.clientX - box.left) / box.width) * drawn.width;
    const found = items.find((item) => drawn.x(item.from) <= at && at < drawn.x(item.to));
    cursor.setAttribute("visibility", found ? "visible" : "hidden");
    cursor.setAttribute("x1", at);
    cursor.setAttribute("x2", at);
    tell(found ?? null);
  });
  drawn.svg.addEventListener("pointerleave", () => {
    cursor.setAttribute("visibility", "hidden");
    tell(null);
  });
}
