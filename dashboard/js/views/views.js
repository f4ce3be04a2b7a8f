// The views of the tabs. Today's code comes with the page; the others' once the figures stand, or as soon as somebody
// goes there.

import { DRAWINGS } from "../charts/model.js";
import { TodayView } from "./today.js";

const period = async () => (await import("./period.js")).PeriodView;
const LATER = {
  "7-days": period,
  "30-days": period,
  "365-days": period,
  health: async () => (await import("./health.js")).HealthView,
  help: async () => (await import("./help.js")).HelpView,
};

const here = new Map([["today", TodayView]]);

/** The class of a tab's view, or null while its code is not here. @param {string} tab */
export const viewOf = (tab) => here.get(tab) ?? null;

/** Ask for the code of a tab's view; rejects when it can't be had. @param {string} tab */
export async function loadView(tab) {
  if (!here.has(tab)) here.set(tab, await LATER[tab]());
}

/** Ask for all that is not here, so that a page whose connection goes still has each tab. What can't be had is asked for again when it is wanted. */
export function loadAll() {
  const drawings = Object.values(DRAWINGS).map((drawing) => drawing());
  return Promise.allSettled([...Object.keys(LATER).map(loadView), ...drawings]);
}
