// All words of the pages. A table is one flat object, key to text; {name} in a text is replaced by a value. A text that
// depends on a number has keys ending in .one and .other (and what else the language distinguishes).
// Another language: its file beside en.js, and its line in TABLES.

import { recall, remember } from "../store.js";
import { de } from "./de.js";
import { en } from "./en.js";

/** @type {Record<string, Record<string, string>>} */
export const TABLES = { en, de };
const KEY = "language";

/** Language to its own name. */
export const LANGUAGES = Object.fromEntries(Object.entries(TABLES).map(([code, table]) => [code, table["language.name"]]));

let chosen = choose();

function choose() {
  const wanted = [recall(KEY), ...navigator.languages].map((name) => (name ?? "").split("-")[0]);
  return wanted.find((code) => Object.hasOwn(TABLES, code)) ?? "en";
}

/** The code of the language shown, such as "de". */
export const language = () => chosen;

/** The locale for numbers and dates: the browser's own flavour of the language, such as "de-AT". */
export const locale = () => navigator.languages.find((name) => name.split("-")[0] === chosen) ?? chosen;

/** Choose and remember; who calls it draws the page again. @param {string} code */
export function setLanguage(code) {
  if (!Object.hasOwn(TABLES, code)) return;
  chosen = code;
  remember(KEY, code);
}

/**
 * The text of `key`. `values.count` chooses among its plural forms.
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 * @returns {string}
 */
export function t(key, values = {}) {
  const text = find(key, values.count) ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (Object.hasOwn(values, name) ? String(values[name]) : whole));
}

function find(key, count) {
  for (const table of [TABLES[chosen], en]) {
    if (Object.hasOwn(table, key)) return table[key];
    if (typeof count !== "number") continue;
    const form = `${key}.${new Intl.PluralRules(chosen).select(count)}`;
    if (Object.hasOwn(table, form)) return table[form];
    if (Object.hasOwn(table, `${key}.other`)) return table[`${key}.other`];
  }
  return null;
}
