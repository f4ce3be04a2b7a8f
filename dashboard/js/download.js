// What is shown, as a file: the document itself, or its points as CSV.

import { moneyText } from "./data/cost.js";
import { element } from "./dom.js";
import { t } from "./text/index.js";

/** The two buttons. @param {() => import("./data/document.js").Document | null} current */
export function downloads(current) {
  const button = (kind, type, make) =>
    element("button", {
      class: "quiet",
      text: `↓ ${kind.toUpperCase()}`,
      attributes: { type: "button", "data-download": kind, "aria-label": t("download", { kind: kind.toUpperCase() }) },
      on: { click: () => current() && save(make(current()), type, nameOf(current(), kind)) },
    });
  return element("div", { class: "downloads" }, [
    button("csv", "text/csv;charset=utf-8", toCsv),
    button("json", "application/json", (document) => document.text),
  ]);
}

function nameOf({ tier, zone, day, buckets }, kind) {
  return `power-monitor-${tier}-${zone.date(tier === "daily" ? day : (buckets.at(-1)?.from ?? 0))}.${kind}`;
}

function save(content, type, name) {
  const address = URL.createObjectURL(new Blob([content], { type }));
  const link = element("a", { attributes: { href: address, download: name } });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/** The points as CSV, numbers as in the file, unknown empty. Pure. @param {import("./data/document.js").Document} document */
export function toCsv(document) {
  const rows = document.tier === "daily" ? dayRows(document) : bucketRows(document);
  return `${rows.map((row) => row.map(field).join(",")).join("\r\n")}\r\n`;
}

const SUMMARY = ["mean", "min", "max"];

function headings(metrics, units, parts) {
  return metrics.flatMap((name) => parts.map((part) => [name, part, units.get(name) ?? (name === "power" ? "W" : "")].filter(Boolean).join(" ")));
}

function dayRows({ points, metrics, units }) {
  const names = ["power", ...metrics];
  const head = ["timestamp", ...headings(names, units, [""]), "seconds", "coverage", "energy kWh", "export kWh", ...headings(names, units, SUMMARY)];
  const value = (object, key) => (typeof object === "object" && object !== null && Object.hasOwn(object, key) ? object[key] : null);
  const rows = points.map((point) => {
    const interval = value(point, "interval");
    const told = ["seconds", "coverage", "energy_kwh", "export_kwh"].map((key) => value(interval, key));
    return [point.timestamp, ...names.map((name) => value(point, name)), ...told, ...names.flatMap((name) => SUMMARY.map((key) => value(value(interval, name), key)))];
  });
  return [head, ...rows];
}

function bucketRows({ buckets, metrics, units, currency }) {
  const names = ["power", ...metrics];
  const head = ["timestamp", "energy kWh", "export kWh", "samples", "coverage", ...(currency ? [`cost ${currency}`] : []), ...headings(names, units, SUMMARY)];
  const rows = buckets.map((bucket) => [
    ...[bucket.timestamp, bucket.energy, bucket.exported, bucket.samples, bucket.coverage],
    ...(currency ? [bucket.cost] : []),
    ...names.flatMap((name) => SUMMARY.map((key) => bucket.metrics.get(name)?.[key] ?? null)),
  ]);
  return [head, ...rows];
}

// A spreadsheet would run a text that begins like a formula: an apostrophe keeps it a text.
function field(value) {
  if (typeof value === "number") return String(value);
  if (typeof value === "bigint") return moneyText(value);
  if (typeof value !== "string") return "";
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
