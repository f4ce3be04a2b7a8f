// Above the tabs: the name, whether what is shown is fresh, and the settings.

import { collectionSeconds } from "./data/heartbeat.js";
import { lateSince } from "./data/stale.js";
import { byId, element, replace, setText } from "./dom.js";
import { formatAge } from "./format.js";
import { obstacle } from "./states.js";
import { LANGUAGES, language, setLanguage, t } from "./text/index.js";
import { setTheme, theme, THEMES } from "./theme.js";

export class Header {
  /** @param {() => void} translate called after another language was chosen */
  constructor(translate) {
    this.badge = byId("badge");
    this.translate = translate;
    this.#draw();
  }

  #draw() {
    document.title = t("site.title");
    setText(byId("title"), t("site.title"));
    setText(byId("skip"), t("site.skip"));
    const settings = byId("settings");
    settings.querySelector("summary").setAttribute("aria-label", t("settings.label"));
    replace(
      byId("choices"),
      choice("theme", t("theme.label"), Object.fromEntries(THEMES.map((name) => [name, t(`theme.${name}`)])), theme(), setTheme),
      choice("language", t("language.label"), LANGUAGES, language(), (code) => {
        setLanguage(code);
        this.#draw();
        this.translate();
        byId("language").focus();
      }),
    );
  }

  /**
   * Say how fresh it is.
   * @param {import("./data/source.js").DocumentSource | null} source of the tab; null: it has none
   * @param {import("./site.js").Site} site @param {import("./status.js").State} status @param {number} time
   */
  tell(source, site, status, time) {
    const [kind, text] = source === null ? ["", ""] : freshness(source.state, site, status, time);
    this.badge.className = `badge ${kind}`;
    this.badge.hidden = text === "";
    setText(this.badge, text);
  }
}

/** Kind and words of the badge. @returns {[string, string]} */
export function freshness(state, site, status, time) {
  const { document, problem, copy } = state;
  const kind = obstacle(state);
  if (kind === "loading") return ["", t("badge.loading")];
  if (problem === "offline" || problem === "server") return ["bad", t("badge.offline")];
  if (problem) return ["bad", t(`badge.${problem === "missing" ? "missing" : "unreadable"}`)];
  if (kind === "empty") return ["warn", t("badge.empty")];
  const late = lateSince(document, time, { collectionSeconds: collectionSeconds(site, document.times), published: site.published });
  if (late !== null) return ["warn", t("badge.late", { age: formatAge((time - document.lastUpdate) / 1000) })];
  if (copy) return ["warn", t("badge.copy")];
  if (status.connection === "on" && document.tier === "daily") return ["good live", t("badge.live")];
  return ["good", t("badge.fresh")];
}

function choice(id, label, options, chosen, choose) {
  const select = element("select", { attributes: { id }, on: { change: (event) => choose(event.target.value) } }, Object.entries(options).map(([value, text]) => element("option", { text, attributes: { value, selected: value === chosen } })));
  return element("div", { class: "field" }, [element("label", { text: label, attributes: { for: id } }), select]);
}
