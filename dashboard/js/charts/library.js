// Chart.js with its date adapter, loaded when the first chart is drawn. They are classic scripts, unchanged, so each is
// a script element; the order matters.

const FILES = ["chart.js-4.6.1/chart.umd.min.js", "luxon-3.7.2/luxon.min.js", "chartjs-adapter-luxon-1.3.1/chartjs-adapter-luxon.umd.min.js"];
let loading = null;

/** @returns {Promise<any>} the Chart class */
export function loadCharts() {
  loading ??= Promise.all(FILES.map(load)).then(
    () => globalThis.Chart,
    (error) => {
      loading = null; // a later try may succeed
      throw error;
    },
  );
  return loading;
}

function load(file) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = new URL(`../../vendor/${file}`, import.meta.url).href;
    script.async = false; // in order
    script.addEventListener("load", resolve);
    script.addEventListener("error", () => reject(new Error(`${file} could not be loaded`)));
    document.head.append(script);
  });
}
