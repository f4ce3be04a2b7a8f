// The way to the broker, for as long as a page wants it: subscriptions that outlive a broken connection, and requests
// with an answer. Loaded only by who needs it, with `import()`.

import { ConnectionError, Session, randomWord } from "./session.js";
import { matches } from "./topics.js";

export { ConnectionError } from "./session.js";

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;
const ANSWER_MS = 20_000;

/**
 * @typedef {import("./session.js").Message} Message
 *
 * @typedef {object} Options
 * @property {string} path of the websocket, such as "/mqtt"
 * @property {string} username
 * @property {string} password kept in memory, for signing in again
 * @property {string} [responses] topic below which answers come, for those who make requests
 */

/**
 * A connection; nothing happens before `open` or `start`. Tells "change" when `state` has another value:
 * "new", "connecting", "on", "lost" (it tries again), "refused" (the password is not right any more), "closed".
 */
export class Connection extends EventTarget {
  state = "new";
  #url;
  #credentials;
  #session = null;
  #subscriptions = new Map(); // filter -> listeners
  #waiting = new Map(); // transaction -> how to answer
  #answers;
  #retry = 0;
  #tries = 0;
  #hurry = () => this.#tryNow();

  /** @param {Options} options */
  constructor({ path, username, password, responses }) {
    super();
    this.#url = new URL(path, location.href);
    this.#url.protocol = this.#url.protocol === "https:" ? "wss:" : "ws:";
    this.#credentials = { username, password };
    this.#answers = responses ? `${responses}page-${randomWord()}` : null;
  }

  /** Sign in once; rejects with ConnectionError "refused" or "unreachable". Later it comes back by itself. */
  async open() {
    try {
      await this.#connect();
    } catch (error) {
      this.close();
      throw error;
    }
    addEventListener("online", this.#hurry);
  }

  /** Connect, now or as soon as the broker is there. */
  start() {
    addEventListener("online", this.#hurry);
    this.#tryNow();
  }

  /** End it for good, and forget the password. */
  close() {
    removeEventListener("online", this.#hurry);
    clearTimeout(this.#retry);
    this.#credentials = null;
    this.#session?.close();
    this.#session = null;
    this.#failAll("lost");
    this.#become("closed");
  }

  /**
   * Hear what comes on a topic filter, also after a reconnect.
   * @param {string} filter
   * @param {(message: Message) => void} listener
   */
  subscribe(filter, listener) {
    const listeners = this.#subscriptions.get(filter) ?? [];
    this.#subscriptions.set(filter, [...listeners, listener]);
    if (listeners.length === 0) this.#session?.subscribe([filter]);
  }

  /**
   * Ask for something and wait for the answer, as it came: {status, data, error?}. Rejects with ConnectionError:
   * "away" (not connected), "forbidden", "timeout", "lost" (nobody knows whether it was done), "malformed".
   * @param {string} topic
   * @param {Record<string, any>} [request]
   * @param {{timeoutMs?: number}} [options] the broker, too, forgets the request after that time
   * @returns {Promise<Record<string, any>>}
   */
  async request(topic, request = {}, { timeoutMs = ANSWER_MS } = {}) {
    if (this.#session === null || this.#answers === null) throw new ConnectionError("away");
    const transaction = randomWord();
    const answer = new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#fail(transaction, "timeout"), timeoutMs);
      this.#waiting.set(transaction, { resolve, reject, timer });
    });
    const properties = {
      response_topic: this.#answers,
      correlation_data: transaction,
      message_expiry_interval: Math.ceil(timeoutMs / 1000),
    };
    const payload = JSON.stringify({ ...request, transaction });
    this.#session.publish(topic, payload, properties).catch((error) => this.#fail(transaction, error.kind ?? "lost"));
    return answer;
  }

  async #connect() {
    this.#become("connecting");
    const session = new Session({
      message: (message) => this.#received(message),
      lost: () => this.#lost(session),
    });
    await session.open(this.#url.href, this.#credentials);
    if (this.#credentials === null) {
      session.close(); // closed meanwhile
      return;
    }
    this.#session = session;
    this.#tries = 0;
    const own = this.#answers ? [this.#answers] : [];
    session.subscribe([...own, ...this.#subscriptions.keys()]);
    this.#become("on");
  }

  #tryNow() {
    if (this.#credentials === null || this.state === "on" || this.state === "connecting") return;
    clearTimeout(this.#retry);
    this.#connect().catch((error) => this.#notConnected(error));
  }

  #notConnected(error) {
    if (this.#credentials === null) return;
    if (error.kind === "refused") {
      this.#credentials = null;
      this.#become("refused");
      return;
    }
    const longest = Math.min(FIRST_WAIT_MS * 2 ** this.#tries, LONGEST_WAIT_MS);
    this.#tries += 1;
    this.#retry = setTimeout(() => this.#tryNow(), longest * (0.5 + Math.random() / 2));
    this.#become("lost");
  }

  #lost(session) {
    if (this.#session !== session) return;
    this.#session = null;
    this.#failAll("lost");
    this.#notConnected(new ConnectionError("lost"));
  }

  #received(message) {
    if (message.topic === this.#answers) this.#answered(message);
    for (const [filter, listeners] of this.#subscriptions) {
      if (matches(filter, message.topic)) for (const listener of listeners) listener(message);
    }
  }

  #answered({ text, correlation }) {
    let answer = null;
    try {
      answer = JSON.parse(text);
    } catch {
      // told below
    }
    const transaction = correlation || String(answer?.transaction);
    if (answer === null || typeof answer !== "object") this.#fail(transaction, "malformed");
    else this.#settle(transaction)?.resolve(answer);
  }

  #fail(transaction, kind) {
    this.#settle(transaction)?.reject(new ConnectionError(kind));
  }

  #failAll(kind) {
    for (const transaction of [...this.#waiting.keys()]) this.#fail(transaction, kind);
  }

  #settle(transaction) {
    const waiting = this.#waiting.get(transaction);
    clearTimeout(waiting?.timer);
    this.#waiting.delete(transaction);
    return waiting;
  }

  #become(state) {
    if (this.state === state) return;
    this.state = state;
    this.dispatchEvent(new Event("change"));
  }
}
