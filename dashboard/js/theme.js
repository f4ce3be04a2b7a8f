// Light, dark or as the system has it; the choice is remembered. <html data-theme> always says which is shown.

import { recall, remember } from "./store.js";

export const THEMES = ["system", "light", "dark"];
const KEY = "theme";
const system = matchMedia("(prefers-color-scheme: dark)");

/** Tells "change" after other colours are shown: who draws on a canvas draws again. */
export const themeChanges = new EventTarget();

/** The choice: "system", "light" or "dark". */
export function theme() {
  const kept = recall(KEY);
  return kept !== null && THEMES.includes(kept) ? kept : "system";
}

/** Choose and show. @param {string} choice one of THEMES */
export function setTheme(choice) {
  remember(KEY, choice === "system" ? null : choice);
  show();
}

function show() {
  const choice = theme();
  const shown = choice === "system" ? (system.matches ? "dark" : "light") : choice;
  if (document.documentElement.dataset.theme === shown) return;
  document.documentElement.dataset.theme = shown;
  themeChanges.dispatchEvent(new Event("change"));
}

system.addEventListener("change", show);
show();
