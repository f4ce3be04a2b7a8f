// One tier file as the browser knows it: asks the web server, keeps the newest, says what is the matter.

import { now } from "../clock.js";
import { Unreadable, readDocument } from "./document.js";

/**
 * @typedef {object} SourceState
 * @property {import("./document.js").Document | null} document the newest that could be read; stays when later ones fail
 * @property {null | "missing" | "half" | "corrupt" | "newer" | "other" | "offline" | "server"} problem why the last try gave none
 * @property {string | null} detail what the browser or the server said about it
 * @property {number | null} since when the problem was first seen
 * @property {number | null} checked when an answer last came
 * @property {boolean} copy the document is the copy kept elsewhere
 */

const TIMEOUT_MS = 20_000;

class Refused extends Error {}
class Missing extends Error {}

/** Tells "change" when anything but `checked` has changed. */
export class DocumentSource extends EventTarget {
  #etag = null;
  #running = null;
  #zoneName;
  #copyAddress;

  /** @param {string} tier @param {{copyAddress?: string, zoneName?: string | null}} [options] `copyAddress`: where a copy is, should the file be missing */
  constructor(tier, { copyAddress = "", zoneName = null } = {}) {
    super();
    this.tier = tier;
    this.file = `${tier}.json`;
    this.#copyAddress = copyAddress;
    this.#zoneName = zoneName;
    /** @type {SourceState} */
    this.state = { document: null, problem: null, detail: null, since: null, checked: null, copy: false };
  }

  /** Ask once; a second call while one is under way waits for that. */
  refresh() {
    this.#running ??= this.#ask().finally(() => (this.#running = null));
    return this.#running;
  }

  async #ask() {
    try {
      await this.#local().catch((error) => {
        if (!(error instanceof Missing) || this.#copyAddress === "") throw error;
        return this.#copy(error);
      });
    } catch (error) {
      this.#fail(error);
    }
  }

  async #local() {
    // The first time the browser's own cache may help; later the answer 304 must reach this code.
    const headers = this.#etag ? { "If-None-Match": this.#etag } : {};
    const answer = await fetch(this.file, { headers, cache: this.#etag ? "no-store" : "no-cache", signal: AbortSignal.timeout(TIMEOUT_MS) });
    this.state.checked = now();
    if (answer.status === 304) this.#set({ problem: null, detail: null, since: null });
    else this.#take(await read(answer), false, answer.headers.get("ETag"));
  }

  async #copy(missing) {
    const answer = await fetch(this.#copyAddress, { cache: "no-cache", credentials: "omit", signal: AbortSignal.timeout(TIMEOUT_MS) }).catch(() => {
      throw missing;
    });
    const text = await read(answer).catch(() => {
      throw missing;
    });
    this.state.checked = now();
    this.#take(text, true, null);
  }

  #take(text, copy, etag) {
    this.#etag = null;
    const same = this.state.document?.text === text;
    const document = same ? this.state.document : readDocument(text, this.tier, this.#zoneName);
    this.#etag = etag;
    this.#set({ document, copy, problem: null, detail: null, since: null });
  }

  #fail(error) {
    const problem = kindOf(error);
    if (problem !== "offline") this.#etag = null;
    const since = this.state.problem === problem ? this.state.since : now();
    this.#set({ problem, detail: error.message || error.name, since });
  }

  #set(patch) {
    const before = this.state;
    this.state = { ...before, ...patch };
    const changed = Object.keys(patch).some((key) => before[key] !== patch[key]);
    if (changed) this.dispatchEvent(new Event("change"));
  }
}

async function read(answer) {
  if (answer.status === 404) throw new Missing("404");
  if (!answer.ok) throw new Refused(String(answer.status));
  return answer.text();
}

function kindOf(error) {
  if (error instanceof Missing) return "missing";
  if (error instanceof Refused) return "server";
  return error instanceof Unreadable ? error.kind : "offline";
}
