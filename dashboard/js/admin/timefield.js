// A field for a date and time of the house. Where the clock on the wall shows it twice, a choice beside it says which.

import { element, replace } from "../dom.js";
import { formatZone } from "../format.js";
import { t } from "../text/index.js";
import { field, select } from "./action.js";
import { instantsOf } from "./localtime.js";

export class TimeField {
  /** @param {string} id @param {string} label @param {import("../zone.js").Zone} zone @param {string} [help] */
  constructor(id, label, zone, help = "") {
    this.zone = zone;
    this.input = element("input", { attributes: { id, type: "datetime-local", step: 1 }, on: { input: () => this.#ask() } });
    this.which = select(`${id}-which`, []);
    this.choice = field(t("admin.which-hour"), this.which);
    this.choice.hidden = true;
    this.element = element("div", {}, [field(label, this.input, help), this.choice]);
  }

  /** @returns {number | null} the instant; null: empty or wrong */
  get time() {
    const found = instantsOf(this.zone, this.input.value);
    return found[Number(this.which.value)] ?? found[0] ?? null;
  }

  /** What was typed, with its hour's zone where that comes twice. */
  get words() {
    const zone = this.choice.hidden ? "" : formatZone(this.time, this.zone.name);
    return [this.input.value.replace("T", " "), zone].filter(Boolean).join("\u00a0");
  }

  #ask() {
    const found = instantsOf(this.zone, this.input.value);
    this.choice.hidden = found.length < 2;
    replace(this.which, ...found.map((time, at) => element("option", { text: formatZone(time, this.zone.name), attributes: { value: at } })));
  }
}
