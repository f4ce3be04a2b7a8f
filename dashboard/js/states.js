// How a file looks that can't be shown, or not quite: each state has its words and its picture.

import { element, svg } from "./dom.js";
import { formatAge, formatDateTime } from "./format.js";
import { t } from "./text/index.js";

const PICTURES = {
  empty: "M8 40V24m10 16V12m10 28V20m10 20V30",
  missing: "M12 6h16l10 10v26H12zM28 6v10h10M20 26l10 10m0-10L20 36",
  half: "M12 6h16l10 10v10M12 6v36M18 32l4 4 4-4 4 4 4-4",
  corrupt: "M12 6h16l10 10v26H12zM20 22v8m0 5v1M30 22v8m0 5v1",
  offline: "M8 20a24 24 0 0 1 32 0M14 27a15 15 0 0 1 20 0M20 34a6 6 0 0 1 8 0M8 8l32 32",
};
const LIKE = { newer: "corrupt", other: "corrupt", server: "offline" };

/**
 * What stands in the way of showing a source, or null: "loading", "empty", or its problem.
 * @param {import("./data/source.js").SourceState} state
 */
export function obstacle({ document, problem }) {
  if (document === null) return problem ?? "loading";
  return document.buckets.length === 0 && document.points.length === 0 ? "empty" : null;
}

/** The panel in place of charts. @param {string} kind @param {string} file @param {Partial<import("./data/source.js").SourceState>} state */
export function statePanel(kind, file = "", state = {}) {
  if (kind === "loading") return skeleton();
  const never = kind === "empty" && state.document?.lastUpdate === null;
  const key = kind === "empty" ? (file === "daily.json" && !never ? "empty.today" : never ? "empty.never" : "empty") : kind;
  return element("section", { class: `panel state ${kind}` }, [
    picture(kind),
    element("h2", { text: t(`state.${key}.title`, { file }) }),
    element("p", { text: t(`state.${key}.text`, { file, detail: state.detail ?? "" }) }),
    element("p", { class: "muted small", text: t(kind === "empty" ? "state.fills" : "state.again") }),
  ]);
}

function picture(kind) {
  const path = PICTURES[LIKE[kind] ?? kind];
  return svg("svg", { viewBox: "0 0 48 48", class: "picture", "aria-hidden": "true" }, [svg("path", { d: path })]);
}

function skeleton() {
  const blocks = ["hero", "row", "chart"].map((name) => element("div", { class: `skeleton ${name}` }));
  return element("div", { class: "loading", attributes: { role: "status" } }, [element("p", { class: "visually-hidden", text: t("state.loading") }), ...blocks]);
}

/**
 * Notes above what is shown although something is the matter with it.
 * @param {import("./data/source.js").SourceState} state @param {string} file @param {number | null} late since when news are late @param {number} now
 */
export function banners(state, file, late, now) {
  const { document, problem, copy } = state;
  if (document === null) return [];
  const zone = document.zone.name;
  const values = { file, detail: state.detail ?? "", time: formatDateTime(state.checked, zone) };
  return [
    problem && note("bad", t(`banner.${problem}`, values)),
    copy && note("warn", t("banner.copy", values)),
    late !== null && document.lastUpdate !== null && note("warn", t("banner.late", { file, age: formatAge((now - document.lastUpdate) / 1000), time: formatDateTime(document.lastUpdate, zone) })),
    document.skipped > 0 && note("warn", t("banner.skipped", { file, count: document.skipped })),
    !document.zoneKnown && document.points.length + document.buckets.length > 0 && note("warn", t("banner.zone", { file, zone })),
  ].filter(Boolean);
}

const note = (kind, text) => element("p", { class: `note ${kind}`, text });
