// The dashboard's live values: the broker's user `viewer`, as long as the page is looked at.

import { loadSite } from "../site.js";
import { Connection } from "./connection.js";
import { feed } from "./feed.js";
import { TIERS } from "./topics.js";

const ASK_AGAIN_MS = 60_000; // after a refusal: the password in site.json may be another one by then

/**
 * Feed `status` until the returned function is called. A page that nobody sees is not connected.
 * @param {import("../site.js").Site} site
 * @param {import("../status.js").Status} status
 * @returns {() => void}
 */
export function startLive(site, status) {
  let connection = null;
  let wasOn = false;
  let timer = 0;

  function open({ mqtt, baseTopic }) {
    if (mqtt === null) return;
    const opened = new Connection(mqtt);
    connection = opened;
    opened.addEventListener("change", () => {
      if (opened === connection) changed(opened.state);
    });
    feed(opened, baseTopic, status);
    opened.start();
  }

  function changed(state) {
    if (state === "refused") timer = setTimeout(openAnew, ASK_AGAIN_MS);
    if (state === "on") {
      if (wasOn) for (const tier of TIERS) status.fileUpdated(tier); // nobody told us while we were away
      wasOn = true;
    }
    if (state === "on") tell("on");
    else if (state === "lost" || state === "refused") tell("lost");
    else if (status.state.connection === "off") tell("connecting");
  }

  function tell(state) {
    if (status.state.connection !== state) status.update({ connection: state });
  }

  async function openAnew() {
    const found = await loadSite();
    if (connection?.state === "refused") open(found);
  }

  function close() {
    clearTimeout(timer);
    const closed = connection;
    connection = null;
    closed?.close();
  }

  function look() {
    if (document.hidden) close();
    else if (connection === null) open(site);
  }

  document.addEventListener("visibilitychange", look);
  look();
  return () => {
    document.removeEventListener("visibilitychange", look);
    close();
  };
}
