// Asking again and again while somebody looks.

const FIRST_RETRY_S = 3;
const LONGEST_S = 60;
const SHORTEST_S = 5;

/** Seconds between two looks at a file that may change every `seconds`: a quarter, so that news are soon there. */
export const cadence = (seconds) => Math.min(Math.max(seconds / 4, SHORTEST_S), LONGEST_S);

/** Refreshes one source at a time, not while the page is hidden; after a failure sooner, then ever later. */
export class Poller {
  #timer = 0;
  #source = null;
  #failures = 0;

  /** @param {number} seconds between two looks */
  constructor(seconds) {
    this.seconds = seconds;
    document.addEventListener("visibilitychange", () => this.now());
    window.addEventListener("online", () => this.now());
  }

  /** Look after this source from now on; null: after none. @param {import("./source.js").DocumentSource | null} source */
  follow(source) {
    this.#source = source;
    this.#failures = 0;
    return this.now();
  }

  /** Look at once, unless nobody would see it. */
  async now() {
    clearTimeout(this.#timer);
    const source = this.#source;
    if (source === null || document.visibilityState !== "visible") return;
    await source.refresh();
    if (source !== this.#source) return;
    this.#failures = source.state.problem ? this.#failures + 1 : 0;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.now(), this.#pause() * 1000);
  }

  #pause() {
    return this.#failures > 0 ? Math.min(FIRST_RETRY_S * 2 ** (this.#failures - 1), this.seconds, LONGEST_S) : this.seconds;
  }
}
