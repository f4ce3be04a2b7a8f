// Cards of what it costs, where a tariff is configured.

import { change } from "../data/compare.js";
import { totalCost } from "../data/cost.js";
import { cut, slotsOf } from "../data/slots.js";
import { formatMoney, formatTime } from "../format.js";
import { t } from "../text/index.js";

/**
 * What today costs so far. @param {any} document daily @param {any} weekly @param {number} time until when
 * @param {import("../data/compare.js").Before} before yesterday until then @returns {import("../cards.js").Card[]} none without a tariff
 */
export function todayCost(document, weekly, time, before) {
  const { today, currency, zone } = document;
  if (currency === null || today === null) return [];
  const energy = before.summary && weekly.currency === currency ? amountOf(before.summary) : null;
  // Hours have no base fee: yesterday's is taken to be today's, so that only what was used makes the difference.
  const compared = before.summary ? { change: changeOf(today.cost, energy === null ? null : energy + (today.baseFee ?? 0n)), before: t("before.yesterday", { time: formatTime(time, zone.name) }) } : {};
  return [card(today.cost, currency, today.cost === null ? [t("cost.unknown")] : [], compared)];
}

/**
 * What a period costs, base fees included: of the days, also where the file has hours.
 * @param {any} document weekly, monthly or yearly @param {any} longer the file that reaches further back, or null
 * @param {import("../data/slots.js").Slot[]} known @param {import("../data/compare.js").Before} before @returns {import("../cards.js").Card[]} none without a tariff
 */
export function periodCost(document, longer, known, before) {
  const { currency, tier, zone } = document;
  const hourly = tier === "weekly";
  if (currency === null || known.length === 0 || (hourly && longer === null)) return [];
  const end = known[known.length - 1].to;
  const days = hourly ? cut(slotsOf(longer), zone.startOfDay(known[0].from), end) : known;
  const total = totalCost(days.map(({ bucket }) => bucket));
  const counted = days.filter(({ bucket }) => typeof bucket?.cost === "bigint").length;
  const same = longer?.currency === currency && total.missing === 0;
  const compared = before.summary ? { change: changeOf(total.cost, same ? amountOf(before.summary) : null), before: t(`before.${tier}`) } : {};
  const notes = [
    total.cost !== null && t("cost.perDay", { cost: formatMoney(total.cost / BigInt(counted), currency) }),
    total.cost === null ? t("cost.unknown") : total.missing > 0 && t("cost.missing", { count: total.missing }),
  ];
  return [card(total.cost, currency, notes.filter(Boolean), compared)];
}

const card = (cost, currency, notes, compared) => ({ label: t("card.cost"), value: formatMoney(cost, currency), kind: "cost", note: notes.join(" · "), ...compared });

/** The whole cost of a summary, null when a part of it is unknown. */
const amountOf = ({ cost }) => (cost.missing > 0 ? null : cost.cost);

const changeOf = (cost, before) => (typeof cost === "bigint" && typeof before === "bigint" ? change(Number(cost), Number(before)) : null);
