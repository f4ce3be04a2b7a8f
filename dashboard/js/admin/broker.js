// The broker's own figures, as Mosquitto publishes them once a minute for those who may read them. Others than these
// are of little use: one that did not change since the minute before is not there.

const FIGURES = { "$SYS/broker/version": "version", "$SYS/broker/uptime": "uptime", "$SYS/broker/heap/current": "memory" };

/** Tells "change" when a figure came; unknown ones are null. */
export class Broker extends EventTarget {
  /** @type {string | null} */
  version = null;
  /** @type {number | null} seconds */
  uptime = null;
  /** @type {number | null} bytes it has asked for */
  memory = null;

  /** @param {import("../live/connection.js").Connection} connection */
  constructor(connection) {
    super();
    for (const [topic, name] of Object.entries(FIGURES)) {
      connection.subscribe(topic, ({ text }) => {
        const found = Number.parseInt(text, 10);
        this[name] = name === "version" ? text.slice(0, 100) : Number.isNaN(found) ? null : found;
        this.dispatchEvent(new Event("change"));
      });
    }
  }
}
