// The colours of css/tokens.css for what is drawn on a canvas.

const NAMES = ["line", "band", "bar", "before", "export", "grid", "weekend"];

/** @returns {Record<string, string>} of the theme that is shown */
export function colours() {
  const style = getComputedStyle(document.documentElement);
  const read = (name) => style.getPropertyValue(name).trim();
  const charts = NAMES.map((name) => [name, read(`--chart-${name}`)]);
  return { ...Object.fromEntries(charts), text: read("--text-muted"), strong: read("--text"), surface: read("--surface") };
}

const NARROW = 5; // CSS pixels: less than a hatch needs to be seen

/** The fill of what is only partly known: hatched, or pale where a bar is too narrow for that. @param {CanvasRenderingContext2D} context @param {string} colour @param {number} width CSS pixels */
export const partly = (context, colour, width) => (width < NARROW ? pale(context, colour) : hatched(context, colour));

function pale(context, colour) {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 1;
  const pen = tile.getContext("2d");
  pen.globalAlpha = 0.4;
  pen.fillStyle = colour;
  pen.fillRect(0, 0, 1, 1);
  return context.createPattern(tile, "repeat");
}

function hatched(context, colour) {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 6;
  const pen = tile.getContext("2d");
  pen.strokeStyle = colour;
  pen.lineWidth = 1.6;
  pen.beginPath();
  for (const shift of [-6, 0, 6]) {
    pen.moveTo(shift, 6);
    pen.lineTo(shift + 6, 0);
  }
  pen.stroke();
  return context.createPattern(tile, "repeat");
}
