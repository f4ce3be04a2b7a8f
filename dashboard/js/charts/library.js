// Chart.js with its date adapter: classic scripts, unchanged, that the page's HTML names after its own module, so that
// they come last. The strict Content-Security-Policy takes no script that another script would add.

const complete = new Promise((resolve) => {
  if (document.readyState === "complete") resolve(undefined);
  else window.addEventListener("load", resolve, { once: true });
});

/** @returns {Promise<any>} the Chart class */
export async function loadCharts() {
  await complete;
  if (!globalThis.Chart || !globalThis.luxon) throw new Error("Chart.js is missing");
  return globalThis.Chart;
}
