// What is known live. live/live.js feeds it, views listen; without live values it stays as it begins.

/**
 * @typedef {object} State
 * @property {"off" | "connecting" | "on" | "lost"} connection "off": there is no broker to ask
 * @property {Record<string, any> | null} reading the newest message of `live` or `reading`, as it came
 * @property {Record<string, {availability?: string, health?: any}>} services by name, as the retained messages say
 * @property {Record<string, {state: string, since?: string, text?: string}>} alerts by name
 * @property {string | null} maintenance "on" or "off"
 */

/** Tells "change" (event.detail: names of what changed) and "file-updated" (event.detail: the tier). */
export class Status extends EventTarget {
  /** @type {State} */
  state = { connection: "off", reading: null, services: {}, alerts: {}, maintenance: null };

  /** @param {Partial<State>} patch */
  update(patch) {
    Object.assign(this.state, patch);
    this.dispatchEvent(new CustomEvent("change", { detail: Object.keys(patch) }));
  }

  /** One service's availability or health. @param {string} name @param {{availability?: string, health?: any}} patch */
  updateService(name, patch) {
    this.update({ services: { ...this.state.services, [name]: { ...this.state.services[name], ...patch } } });
  }

  /** A file has changed: who shows it asks for it now. @param {string} tier */
  fileUpdated(tier) {
    this.dispatchEvent(new CustomEvent("file-updated", { detail: tier }));
  }
}
