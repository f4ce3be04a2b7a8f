// What the browser remembers of a person's choices. A browser may refuse to: then nothing is remembered.

const PREFIX = "power-monitor.";

/** The value kept under `key`, or null. @param {string} key @returns {string | null} */
export function recall(key) {
  try {
    return localStorage.getItem(PREFIX + key);
  } catch {
    return null;
  }
}

/** Keep `value`; null forgets. @param {string} key @param {string | null} value */
export function remember(key, value) {
  try {
    if (value === null) localStorage.removeItem(PREFIX + key);
    else localStorage.setItem(PREFIX + key, value);
  } catch {
    // nothing to be done, and nothing is lost but the choice
  }
}
