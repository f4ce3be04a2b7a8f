// What this installation tells the page: site.json, made by the monitor. Without it there are no live values and no
// copy to fall back to, and that is no error.

/**
 * @typedef {object} Site
 * @property {string} baseTopic
 * @property {{path: string, username: string, password: string} | null} mqtt
 * @property {Record<string, string>} fallback tier to the address of its copy
 * @property {number | null} collectionSeconds
 * @property {number | null} liveSeconds
 * @property {boolean} published true in the static copy of this page
 * @property {string | null} timezone
 * @property {string | null} version
 * @property {boolean} known false: there was no answer, so it may say more later
 */

const TIMEOUT_MS = 10_000;
const AGAIN_MS = 30_000;

/** Load it; always gives something. @returns {Promise<Site>} */
export async function loadSite() {
  try {
    const answer = await fetch("site.json", { cache: "no-cache", signal: AbortSignal.timeout(TIMEOUT_MS) });
    const site = readSite(answer.ok ? await answer.json() : null);
    return { ...site, known: answer.ok || answer.status === 404 };
  } catch {
    return { ...readSite(null), known: false };
  }
}

/** Begin the page anew once site.json can be had, if it could not. @param {Site} site */
export function beginAgainOnceKnown(site) {
  if (site.known) return;
  setTimeout(async () => {
    const found = await loadSite();
    if (found.known) location.reload();
    else beginAgainOnceKnown(found);
  }, AGAIN_MS);
}

/** Read what site.json holds; whatever does not fit is as if it were absent. @param {any} given @returns {Site} */
export function readSite(given) {
  const site = isObject(given) ? given : {};
  return {
    baseTopic: text(site.base_topic) ?? "power-monitor",
    mqtt: isObject(site.mqtt) && text(site.mqtt.path) ? site.mqtt : null,
    fallback: readFallback(site.fallback),
    collectionSeconds: positive(site.collection_interval_seconds),
    liveSeconds: positive(site.live_interval_seconds),
    published: site.published === true,
    timezone: text(site.timezone),
    version: text(site.version),
    known: true,
  };
}

function readFallback(given) {
  const found = {};
  for (const tier of ["monthly", "yearly"]) {
    const address = isObject(given) ? text(given[tier]) : null;
    if (address?.startsWith("https://")) found[tier] = address;
  }
  return found;
}

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const text = (value) => (typeof value === "string" && value !== "" ? value : null);
const positive = (value) => (Number.isFinite(value) && value > 0 ? value : null);
