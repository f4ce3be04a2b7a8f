// The colours of css/tokens.css for what is drawn on a canvas.

const NAMES = ["line", "band", "bar", "before", "export", "grid", "weekend"];

/** @returns {Record<string, string>} of the theme that is shown */
export function colours() {
  const style = getComputedStyle(document.documentElement);
  const read = (name) => style.getPropertyValue(name).trim();
  const charts = NAMES.map((name) => [name, read(`--chart-${name}`)]);
  return { ...Object.fromEntries(charts), text: read("--text-muted"), strong: read("--text"), surface: read("--surface") };
}

/** A hatched fill, for what is only partly known. @param {CanvasRenderingContext2D} context @param {string} colour */
export function hatched(context, colour) {
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
