// Signing in as the broker's user `admin`. The password goes from the field to the connection and nowhere else.

import { element, replace } from "../dom.js";
import { t } from "../text/index.js";

const USER = "admin";

/**
 * @param {import("../site.js").Site} site
 * @param {string} reason key of why one has to sign in again, or ""
 * @param {(connection: import("../live/connection.js").Connection) => void} enter called once signed in
 * @returns {HTMLElement}
 */
export function signInForm(site, reason, enter) {
  if (site.mqtt === null) {
    return frame(element("p", { class: "note warn", text: t("admin.no-broker"), attributes: { role: "alert" } }));
  }
  const said = element("div", { attributes: { role: "alert" } });
  if (reason) say(said, "", reason);
  const password = element("input", {
    attributes: { id: "password", name: "password", type: "password", autocomplete: "current-password", required: true, autofocus: true },
  });
  const button = element("button", { class: "primary", text: t("admin.sign-in"), attributes: { type: "submit" } });

  async function submit(event) {
    event.preventDefault();
    const given = password.value;
    password.value = ""; // not in the page any longer than it has to be
    button.disabled = true;
    say(said, "", "admin.signing-in");
    try {
      enter(await signIn(site, given));
    } catch (error) {
      say(said, "bad", error.kind === "refused" ? "admin.wrong-password" : "admin.unreachable");
      button.disabled = false;
      password.focus();
    }
  }

  const form = element("form", { class: "sign-in", on: { submit } }, [
    field(t("admin.user"), element("input", {
      attributes: { id: "username", name: "username", autocomplete: "username", value: USER, readonly: true },
    })),
    field(t("admin.password"), password),
    button,
    said,
    element("p", { class: "muted small", text: t("admin.password-where") }),
  ]);
  return frame(form);
}

async function signIn(site, password) {
  const { Connection } = await import("../live/connection.js");
  const responses = `${site.baseTopic}/response/`;
  const connection = new Connection({ path: site.mqtt.path, username: USER, password, responses });
  await connection.open();
  return connection;
}

function say(place, kind, key) {
  replace(place, element("p", { class: `note ${kind}`, text: t(key) }));
}

function frame(child) {
  return element("section", { class: "panel sign-in-panel", attributes: { "aria-labelledby": "sign-in-title" } }, [
    element("h2", { text: t("admin.sign-in"), attributes: { id: "sign-in-title" } }),
    child,
  ]);
}

function field(label, input) {
  return element("div", { class: "field" }, [
    element("label", { text: label, attributes: { for: input.id } }),
    input,
  ]);
}
