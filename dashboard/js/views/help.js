// Help: what the numbers mean, what to do by symptom, the keys. All of it is text of js/text/.

import { element } from "../dom.js";
import { t } from "../text/index.js";

const NUMBERS = ["now", "energy", "mean", "band", "usual", "change", "partial", "gap", "export", "cost", "zone"];
const SYMPTOMS = ["old", "offline", "gap", "wrong", "empty", "missing", "strange"];
const KEYS = [["←", "→"], ["Home", "End"], ["PgUp", "PgDn"], ["Esc"], ["1", "6"]];

export class HelpView {
  constructor() {
    const pairs = (prefix, names) => names.flatMap((name) => [element("dt", { text: t(`${prefix}.${name}`) }), element("dd", { text: t(`${prefix}.${name}.text`) })]);
    const keys = KEYS.flatMap((names, index) => [element("dt", {}, names.flatMap((name, at) => [at > 0 && " ", element("kbd", { text: name })])), element("dd", { text: t(`keys.${index}`) })]);
    this.element = element("div", { class: "help" }, [
      panel(t("help.numbers"), element("dl", {}, pairs("numbers", NUMBERS))),
      panel(t("help.symptoms"), element("dl", {}, pairs("symptoms", SYMPTOMS))),
      panel(t("help.keys"), element("dl", { class: "keys" }, keys)),
    ]);
  }

  render() {}
  renderNow() {}
  close() {}
}

const panel = (title, content) => element("section", { class: "panel" }, [element("h2", { text: title }), content]);
