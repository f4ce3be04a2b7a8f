// The admin page's composition root: sign in, then the desk, until signed out.

import { byId, element, replace, setText } from "../dom.js";
import { beginAgainOnceKnown, loadSite } from "../site.js";
import { LANGUAGES, language, setLanguage, t } from "../text/index.js";
import { THEMES, setTheme, theme } from "../theme.js";
import { Desk } from "./desk.js";
import { signInForm } from "./signin.js";

const main = byId("main");
const site = await loadSite();
beginAgainOnceKnown(site);
let connection = null;
let desk = null;

drawBar();
showSignIn("");
addEventListener("pagehide", () => leave("")); // nothing of it may come back from the browser's memory

function showSignIn(reason) {
  drawBar();
  replace(main, signInForm(site, reason, enter));
}

function enter(opened) {
  connection = opened;
  connection.addEventListener("change", connectionChanged);
  showDesk();
  main.focus();
}

function showDesk() {
  desk?.stop();
  desk = new Desk(site, connection);
  drawBar();
  replace(main, desk.element);
}

function leave(reason) {
  if (connection === null) return;
  connection.removeEventListener("change", connectionChanged);
  connection.close();
  desk?.stop();
  [connection, desk] = [null, null];
  showSignIn(reason);
}

function connectionChanged() {
  if (connection.state === "refused") leave("admin.refused-later");
  else showConnection();
}

function showConnection() {
  const badge = byId("connection");
  const on = connection.state === "on";
  badge.className = `badge ${on ? "good" : "warn"}`;
  setText(badge, t(on ? "admin.connected" : "admin.reconnecting"));
}

function drawBar() {
  document.title = t("admin.title");
  document.documentElement.lang = language();
  setText(byId("skip"), t("admin.skip"));
  replace(
    byId("bar"),
    element("div", { class: "admin-brand" }, [
      element("h1", { text: t("admin.title") }),
      element("a", { class: "button quiet", text: t("admin.dashboard"), attributes: { href: "./" } }),
    ]),
    element("div", { class: "admin-choices" }, [
      connection && element("span", { class: "badge", attributes: { id: "connection", role: "status" } }),
      choice("language", t("language.label"), LANGUAGES, language(), chooseLanguage),
      choice("theme", t("theme.label"), Object.fromEntries(THEMES.map((name) => [name, t(`theme.${name}`)])), theme(), setTheme),
      connection && element("button", { text: t("admin.sign-out"), attributes: { type: "button" }, on: { click: () => leave("admin.signed-out") } }),
    ]),
  );
  if (connection) showConnection();
}

function choice(name, label, options, chosen, choose) {
  const made = Object.entries(options).map(([value, text]) =>
    element("option", { text, attributes: { value, selected: value === chosen } }),
  );
  return element("select", { attributes: { id: name, "aria-label": label }, on: { change: (event) => choose(event.target.value) } }, made);
}

function chooseLanguage(code) {
  setLanguage(code);
  if (connection) showDesk();
  else showSignIn("");
  byId("language").focus();
}
