// Chart.js with its date adapter: classic scripts, unchanged, loaded once the figures stand and a chart comes into view.
// The page's HTML names them in a template: the strict Content-Security-Policy takes no address that a script made up.

import { byId } from "../dom.js";

let loading = null;

/** @returns {Promise<any>} the Chart class */
export function loadCharts() {
  loading ??= load().catch((error) => {
    loading = null; // asked for again with the next drawing
    throw error;
  });
  return loading;
}

async function load() {
  const template = /** @type {HTMLTemplateElement} */ (byId("chart-library"));
  const copy = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
  for (const script of copy.querySelectorAll("script")) await run(script); // each needs those before it
  return globalThis.Chart;
}

function run(script) {
  return new Promise((resolve, reject) => {
    script.addEventListener("load", resolve, { once: true });
    script.addEventListener("error", () => reject(new Error("Chart.js is missing")), { once: true });
    document.head.append(script);
  });
}
