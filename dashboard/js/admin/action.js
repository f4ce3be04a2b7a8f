// A panel that asks a service for something: fields, a button, how far it is, and what became of it.

import { element, replace, setText } from "../dom.js";
import { formatDuration } from "../format.js";
import { t } from "../text/index.js";
import { confirmed } from "./confirm.js";
import { showAnswer } from "./outcome.js";

const TICK_MS = 1_000;
const SOON_MS = 700; // what is done by then needs no bar

/**
 * @typedef {object} Progress
 * @property {number | null} share of the work done, from 0 to 1; null: nobody knows
 * @property {string} text
 *
 * @typedef {object} Panel
 * @property {string} name part of the texts' keys and of ids
 * @property {import("../dom.js").Child[]} [fields]
 * @property {import("../dom.js").Child[]} [after] below the answer
 *
 * @typedef {object} Work
 * @property {() => Promise<import("./ask.js").Answer>} run
 * @property {(data: Record<string, any>) => import("../dom.js").Child[]} tell
 * @property {{title: string, text: string, label: string}} [question] to be asked first
 * @property {() => Progress} [progress]
 */

/** One panel; `buttons` are added with `button`. */
export class Action {
  #fields;
  #buttons = element("div", { class: "buttons" });
  #bar = element("div", { class: "progress" });
  #answer = element("div", { class: "answer", attributes: { role: "status" } });

  /** @param {Panel} panel */
  constructor({ name, fields = [], after = [] }) {
    const title = `${name}-title`;
    this.#fields = element("fieldset", { class: "fields", attributes: { "aria-labelledby": title } }, [...fields, this.#buttons]);
    this.element = element("section", { class: "panel action", attributes: { id: name, "aria-labelledby": title } }, [
      element("h3", { text: t(`admin.${name}.title`), attributes: { id: title } }),
      element("p", { class: "muted small", text: t(`admin.${name}.about`) }),
      this.#fields,
      this.#bar,
      this.#answer,
      ...after,
    ]);
  }

  /**
   * Add a button.
   * @param {string} label
   * @param {string} kind its class: "", "primary", "danger"
   * @param {() => Work | null} prepare read the fields; null when they are not right
   */
  button(label, kind, prepare) {
    const clicked = () => {
      const work = prepare();
      if (work) this.#start(work);
    };
    const made = element("button", { class: kind, text: label, attributes: { type: "button" }, on: { click: clicked } });
    this.#buttons.append(made);
    return made;
  }

  async #start(work) {
    const { question } = work;
    if (question && !(await confirmed(question.title, question.text, question.label))) return;
    const focused = document.activeElement;
    this.#fields.disabled = true; // once is enough
    replace(this.#answer);
    const stop = this.#showProgress(work.progress ?? (() => ({ share: null, text: "" })));
    const answer = await work.run();
    stop();
    this.#fields.disabled = false;
    if (document.activeElement === document.body && focused instanceof HTMLElement) focused.focus();
    showAnswer(this.#answer, answer, work.tell);
  }

  #showProgress(progress) {
    const began = performance.now();
    const bar = element("progress", { attributes: { "aria-label": t("admin.working"), max: 1 } });
    const said = element("span", { class: "small muted" });
    const draw = () => {
      const { share, text } = progress();
      if (share === null) bar.removeAttribute("value");
      else bar.setAttribute("value", String(share));
      setText(said, [formatDuration((performance.now() - began) / 1000), text].filter(Boolean).join(" · "));
      if (!bar.isConnected) replace(this.#bar, bar, said);
    };
    const soon = setTimeout(draw, SOON_MS);
    const timer = setInterval(draw, TICK_MS);
    return () => {
      clearTimeout(soon);
      clearInterval(timer);
      replace(this.#bar);
    };
  }
}

/** A labelled field. @param {string} label @param {HTMLElement} input with an id @param {string} [help] */
export function field(label, input, help = "") {
  if (help) input.setAttribute("aria-describedby", `${input.id}-help`);
  return element("div", { class: "field" }, [
    element("label", { text: label, attributes: { for: input.id } }),
    input,
    help && element("span", { class: "small muted", text: help, attributes: { id: `${input.id}-help` } }),
  ]);
}

/** A choice. @param {string} id @param {[string, string][]} options value and text @returns {any} */
export function select(id, options) {
  return element("select", { attributes: { id } }, options.map(([value, text]) => element("option", { text, attributes: { value } })));
}
