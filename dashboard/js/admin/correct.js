// Correcting what was measured wrong: readings picked in today's chart, a span of time, or an older day as a whole.

import { element, replace } from "../dom.js";
import { formatDay } from "../format.js";
import { t } from "../text/index.js";
import { Action, field, select } from "./action.js";
import { Picker } from "./picker.js";
import { list, text } from "./shape.js";
import { TimeField } from "./timefield.js";

const TARGETS = ["picked", "span", "day"];
const SECOND = 1_000;

/**
 * @param {import("./actions.js").Tools} tools
 * @param {import("../data/source.js").DocumentSource} daily
 * @returns {HTMLElement}
 */
export function correctAction(tools, daily) {
  const { zone } = tools;
  const picker = new Picker();
  const metric = select("correct-metric", [["power", "power"]]);
  const from = new TimeField("correct-from", t("admin.correct.from"), zone);
  const to = new TimeField("correct-to", t("admin.correct.to"), zone, t("admin.house-time", { zone: zone.name }));
  const day = element("input", { attributes: { id: "correct-day", type: "date" } });
  const value = element("input", { attributes: { id: "correct-value", type: "number", step: "any", inputmode: "decimal" } });
  const wrong = element("p", { class: "note warn", attributes: { role: "alert" } });
  const target = radios("correct-target", TARGETS.map((name) => [name, t(`admin.correct.target.${name}`)]), arrange);
  const doing = radios("correct-do", ["drop", "set"].map((name) => [name, t(`admin.correct.${name}`)]), arrange);
  const metricField = field(t("admin.correct.metric"), metric);
  const valueLabel = element("label", { attributes: { for: value.id } });
  const parts = {
    picked: [picker.element],
    span: [from.element, to.element],
    day: [field(t("admin.correct.day"), day, t("admin.correct.day-help"))],
  };
  const action = new Action({
    name: "correct",
    fields: [target.element, ...Object.values(parts).flat(), metricField, doing.element, element("div", { class: "field" }, [valueLabel, value]), wrong],
  });
  action.button(t("admin.correct.do"), "danger", prepare);
  metric.addEventListener("change", () => {
    arrange();
    show();
  });
  daily.addEventListener("change", show);
  arrange();
  show();

  function show() {
    const document = daily.state.document;
    const names = ["power", ...(document?.metrics ?? [])];
    if (names.join() !== [...metric.options].map((option) => option.value).join()) {
      replace(metric, ...names.map((name) => element("option", { text: name, attributes: { value: name, selected: name === metric.value } })));
    }
    picker.show(document, metric.value);
  }

  function arrange() {
    const [chosen, sets] = [target.value(), doing.value() === "set"];
    for (const [name, shown] of Object.entries(parts)) for (const part of shown) part.hidden = name !== chosen;
    metricField.hidden = chosen === "day" || (chosen === "span" && !sets);
    value.parentElement.hidden = !sets;
    valueLabel.textContent = chosen === "day" ? t("admin.correct.energy") : t("admin.correct.value", { unit: unit() });
    wrong.hidden = true;
  }

  function unit() {
    return metric.value === "power" ? "W" : (daily.state.document?.units.get(metric.value) ?? "");
  }

  function prepare() {
    const chosen = { picked: pickedRequest, span: spanRequest, day: dayRequest }[target.value()]();
    const change = chosen && changeOf();
    wrong.hidden = Boolean(change);
    if (!change) return null;
    return {
      run: () => tools.ask("aggregator", "correct", { ...chosen.request, ...change.request }),
      tell: (data) => [element("p", { text: t("admin.correct.done", { count: Number(data.readings) || 0, days: list(data.days).map(text).join(", ") }) })],
      question: {
        title: t("admin.correct.question", { what: change.words, where: chosen.words }),
        text: t("admin.correct.consequences"),
        label: t("admin.correct.do"),
      },
    };
  }

  function pickedRequest() {
    const { times, points } = daily.state.document ?? { times: [], points: [] };
    if (picker.picked === null) return refuse("admin.correct.pick-first");
    const [first, last] = picker.picked;
    const words = picker.slider.getAttribute("aria-valuetext") ?? "";
    if (first === last) return { request: { timestamp: points[first].timestamp }, words };
    const end = Math.min(times[last] + SECOND, times[last + 1] ?? Infinity); // `to` itself is left out
    return { request: { from: points[first].timestamp, to: new Date(end).toISOString() }, words };
  }

  function spanRequest() {
    const [start, end] = [from.time, to.time];
    if (start === null || end === null || end <= start) return refuse("admin.correct.span-first");
    const words = `${from.words} – ${to.words}`;
    return { request: { from: new Date(start).toISOString(), to: new Date(end).toISOString() }, words };
  }

  function dayRequest() {
    if (!day.value) return refuse("admin.correct.day-first");
    return { request: { date: day.value }, words: formatDay(zone.startOfDate(day.value), zone.name) };
  }

  function changeOf() {
    if (doing.value() === "drop") return { request: { drop: true }, words: t("admin.correct.drop") };
    if (value.value === "" || Number.isNaN(value.valueAsNumber)) return refuse("admin.correct.value-first");
    const given = value.valueAsNumber; // in the question as it was typed, not rounded
    if (target.value() !== "day") {
      const said = { metric: metric.value, value: `${value.value}\u00a0${unit()}` };
      return { request: { set: { [metric.value]: given } }, words: t("admin.correct.set-to", said) };
    }
    const timestamp = new Date(zone.startOfDate(day.value)).toISOString();
    const words = t("admin.correct.set-day-to", { value: `${value.value}\u00a0kWh` });
    return { request: { bucket: { timestamp, energy_kwh: given } }, words };
  }

  function refuse(key) {
    wrong.textContent = t(key);
    return null;
  }

  return action.element;
}

/** Some of which one is chosen; the first, to begin with. */
function radios(name, options, changed) {
  const inputs = options.map(([value], at) =>
    element("input", { attributes: { type: "radio", name, id: `${name}-${value}`, value, checked: at === 0 }, on: { change: changed } }),
  );
  const labels = inputs.map((input, at) => element("label", { class: "choice" }, [input, options[at][1]]));
  return {
    element: element("fieldset", { class: "choices" }, [element("legend", { text: t(`admin.${name}`) }), ...labels]),
    value: () => inputs.find((input) => input.checked)?.value ?? options[0][0],
  };
}
