// What became of a request, for people: done or not, what the service said, what to do next, and all of it on demand.

import { element, replace } from "../dom.js";
import { t } from "../text/index.js";
import { pretty } from "./shape.js";

/**
 * @param {HTMLElement} place
 * @param {import("./ask.js").Answer} answer
 * @param {(data: Record<string, any>) => import("../dom.js").Child[]} tell the data of a success in words
 */
export function showAnswer(place, answer, tell) {
  const said = answer.ok ? tell(answer.data) : [element("p", { text: answer.error }), answer.hint && hint(answer.hint)];
  replace(
    place,
    element("div", { class: `note ${answer.ok ? "good" : "bad"}` }, [
      element("p", {}, [element("strong", { text: t(answer.ok ? "admin.done" : "admin.not-done") })]),
      ...said,
      answer.ok && details(answer.data),
    ]),
  );
}

/** Something to do next, often a line to type. @param {string} text */
export function hint(text) {
  return element("p", { class: "hint" }, [`${t("admin.hint")} `, element("code", { text })]);
}

/** Lines of a list; nothing when there are none. @param {string[]} lines */
export function lines(texts) {
  return texts.length > 0 && element("ul", { class: "plain" }, texts.map((text) => element("li", { text })));
}

function details(data) {
  return element("details", {}, [
    element("summary", { text: t("admin.as-it-came") }),
    element("pre", { class: "scroll", text: pretty(data), attributes: { tabindex: 0 } }),
  ]);
}
