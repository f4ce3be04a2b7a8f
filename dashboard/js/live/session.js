// One session with the broker: MQTT 5 over a websocket, from signing in to the end. It never comes back by itself;
// connection.js makes the next one.

import { MQTTClient } from "../../vendor/u8-mqtt-0.6.7/basic-v5.min.js";

const SIGN_IN_MS = 10_000;
const KEEP_ALIVE_S = 60; // the broker gives up after one and a half times as long
const PING_S = 25; // a web server in between drops what is silent for a minute
const SILENCE_MS = 65_000; // no answer to two pings: nobody is there any more
const WATCH_MS = 5_000;
const FUTURES = { td: 6_000, n: 5 }; // how long the client remembers what it waits for: half a minute
const WRONG_PASSWORD = new Set([0x86, 0x87]); // bad user name or password; not authorised
const REFUSED = 0x80; // reason codes from here on

/** What went wrong between this page and the broker; `kind` is what a page tells people about. */
export class ConnectionError extends Error {
  /**
   * @param {"refused" | "unreachable" | "away" | "lost" | "timeout" | "forbidden" | "malformed"} kind
   */
  constructor(kind) {
    super(kind);
    this.kind = kind;
  }
}

/**
 * @typedef {object} Message
 * @property {string} topic
 * @property {string} text the payload as UTF-8
 * @property {string} correlation the correlation data as text, or ""
 *
 * @typedef {object} Listeners
 * @property {(message: Message) => void} message
 * @property {() => void} lost called once, when a session that was open has ended, unless by `close`
 */

/** Open, then subscribe and publish; an ended session throws ConnectionError. */
export class Session {
  #socket;
  #client;
  #listeners;
  #watch = 0;
  #heard = performance.now();
  #state = "new"; // "open", "closed"

  /** @param {Listeners} listeners */
  constructor(listeners) {
    this.#listeners = listeners;
  }

  /**
   * Sign in; rejects with "refused" or "unreachable".
   * @param {string} url
   * @param {{username: string, password: string}} credentials
   */
  async open(url, { username, password }) {
    this.#socket = new WebSocket(url, ["mqtt"]);
    const ended = this.#watchSocket();
    this.#client = makeClient((packet) => this.#received(packet));
    this.#client.with_websock(this.#socket);
    const signedIn = this.#client.connect({
      client_id: `page-${randomWord()}`,
      username,
      password,
      keep_alive: KEEP_ALIVE_S,
      flags: { clean_start: true },
    });
    try {
      await Promise.race([signedIn, ended, timeout(SIGN_IN_MS)]);
    } catch (error) {
      this.close();
      throw new ConnectionError(isWrongPassword(error) ? "refused" : "unreachable");
    }
    this.#state = "open";
    this.#watch = setInterval(() => this.#watchSilence(), WATCH_MS);
  }

  /** @param {string[]} filters */
  subscribe(filters) {
    if (this.#state === "open" && filters.length > 0) this.#client.subscribe({ topics: filters, qos: 0 });
  }

  /**
   * Publish with QoS 1; rejects with "forbidden" when this user may not, with "lost" when the session has ended.
   * @param {string} topic
   * @param {string} payload
   * @param {Record<string, any>} props MQTT 5 properties
   */
  async publish(topic, payload, props) {
    if (this.#state !== "open") throw new ConnectionError("lost");
    const [acknowledged] = await this.#client.publish({ topic, payload, qos: 1, props });
    if (acknowledged?.reason >= REFUSED) throw new ConnectionError("forbidden");
  }

  /** Go, without a word to the listeners. */
  close() {
    if (this.#state === "open") this.#client.disconnect().catch(() => {});
    this.#end();
  }

  #end() {
    this.#state = "closed";
    clearInterval(this.#watch);
    this.#socket?.close();
  }

  #received(packet) {
    const correlation = packet.props?.correlation_data;
    this.#listeners.message({
      topic: packet.topic,
      text: packet.utf8(),
      correlation: correlation ? packet.utf8(correlation) : "",
    });
  }

  /** A promise that rejects when the socket closes; an open session tells its listeners instead. */
  #watchSocket() {
    this.#socket.addEventListener("message", () => {
      this.#heard = performance.now();
    });
    const ended = new Promise((_, reject) => {
      this.#socket.addEventListener("close", () => {
        reject(new ConnectionError("unreachable"));
        this.#lost();
      });
    });
    ended.catch(() => {}); // the race may be over
    return ended;
  }

  #watchSilence() {
    if (performance.now() - this.#heard > SILENCE_MS) this.#lost();
  }

  #lost() {
    const wasOpen = this.#state === "open";
    this.#end();
    if (wasOpen) this.#listeners.lost();
  }
}

/** A word nobody guesses, for a client's id or a transaction. */
export function randomWord() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function makeClient(published) {
  return new MQTTClient({
    on_mqtt_type: { mqtt_publish: published },
    sess_stg: null, // it would keep a client's id there
    keep_alive: PING_S,
    rotate: FUTURES,
    log_conn() {},
    on_error() {}, // what matters arrives as a closed socket
    on_disconnect() {},
  });
}

const isWrongPassword = (error) => WRONG_PASSWORD.has(Number(error?.reason));

function timeout(ms) {
  return new Promise((_, reject) => setTimeout(() => reject(new ConnectionError("unreachable")), ms));
}
