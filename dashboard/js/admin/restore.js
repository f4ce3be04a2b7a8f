// Bringing history back from where it is kept: first day by day what would change, then, once asked, for real.

import { element, replace } from "../dom.js";
import { formatDay, formatEnergy } from "../format.js";
import { number } from "../data/document.js";
import { t } from "../text/index.js";
import { Action, field, select } from "./action.js";
import { logProgress } from "./actions.js";
import { lines } from "./outcome.js";
import { list, object, text } from "./shape.js";

const CHANGES = ["new", "theirs"]; // the others stay as they are here
const FATES = [...CHANGES, "ours", "corrected", "ahead"];

/** @param {import("./actions.js").Tools} tools @returns {HTMLElement} */
export function restoreAction(tools) {
  const tier = select("restore-tier", [["all", t("admin.tier.all")], ["monthly", "monthly.json"], ["yearly", "yearly.json"]]);
  const days = element("div");
  const action = new Action({ name: "restore", fields: [field(t("admin.which-file"), tier)], after: [days] });
  const fetch = (more) => tools.ask("syncer", "fetch", { tier: tier.value, ...more });
  const progress = logProgress(tools, "syncer");

  const look = () => ({ run: () => fetch({ dry_run: true }), tell: tellDryRun, progress });
  const restore = () => ({ run: () => fetch({}), tell: tellRestored, progress, question });
  const question = { title: t("admin.restore.question"), text: t("admin.restore.consequences"), label: t("admin.restore.do") };

  action.button(t("admin.restore.look"), "primary", look);
  const really = action.button(t("admin.restore.do"), "danger", restore);
  really.hidden = true; // until it has been seen what it would do
  tier.addEventListener("change", () => forget());

  function forget() {
    really.hidden = true;
    replace(days);
  }

  function tellDryRun(data) {
    const files = Object.entries(object(data.files));
    const changing = files.flatMap(([, file]) => daysOf(file)).filter(({ change }) => CHANGES.includes(change)).length;
    really.hidden = changing === 0;
    replace(days, ...files.map(([path, file]) => table(path, file, tools.zone)));
    return [element("p", { text: t("admin.restore.would", { count: changing }) })];
  }

  function tellRestored(data) {
    forget();
    const changed = Object.entries(object(data.changed)).map(([path, names]) => t("admin.restore.changed", { path, count: list(names).length }));
    const copy = text(data.copy_of_before);
    return [
      lines(changed) || element("p", { text: t("admin.restore.nothing") }),
      copy && element("p", {}, [`${t("admin.restore.copy")} `, element("code", { text: copy })]),
    ];
  }

  return action.element;
}

const daysOf = (file) => list(object(file).days).map(object);

function table(path, file, zone) {
  const unreadable = text(object(file).unreadable);
  if (unreadable) return element("p", { class: "note warn", text: t("admin.restore.unreadable", { path, why: unreadable }) });
  const rows = daysOf(file).map((day) =>
    element("tr", {}, [
      element("th", { text: dayName(day.date, zone), attributes: { scope: "row" } }),
      element("td", { class: "number", text: formatEnergy(number(day.here_kwh)) }),
      element("td", { class: "number", text: formatEnergy(number(day.there_kwh)) }),
      element("td", { text: FATES.includes(day.change) ? t(`admin.restore.fate.${day.change}`) : text(day.change) }),
    ]),
  );
  const caption = t("admin.restore.caption", { path, days: text(object(file).remote_days), count: rows.length });
  if (rows.length === 0) return element("p", { class: "small", text: caption });
  const heads = ["day", "here", "there", "becomes"].map((name, at) =>
    element("th", { class: at === 1 || at === 2 ? "number" : "", text: t(`admin.restore.${name}`), attributes: { scope: "col" } }),
  );
  return element("div", { class: "scroll days", attributes: { tabindex: 0, role: "region", "aria-label": caption } }, [
    element("table", {}, [
      element("caption", { text: caption }),
      element("thead", {}, [element("tr", {}, heads)]),
      element("tbody", {}, rows),
    ]),
  ]);
}

function dayName(date, zone) {
  const given = text(date);
  return /^\d{4}-\d\d-\d\d$/.test(given) ? formatDay(zone.startOfDate(given), zone.name) : given;
}
