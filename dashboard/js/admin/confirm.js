// The one question before something that can't be undone.

import { element } from "../dom.js";
import { t } from "../text/index.js";

/**
 * @param {string} title what would be done
 * @param {string} consequences
 * @param {string} label of the button that does it
 * @returns {Promise<boolean>}
 */
export function confirmed(title, consequences, label) {
  return new Promise((resolve) => {
    const dialog = element("dialog", { class: "confirm", attributes: { "aria-labelledby": "confirm-title", "aria-describedby": "confirm-text" } }, [
      element("form", { attributes: { method: "dialog" }, on: { submit: (event) => close(event) } }, [
        element("h2", { text: title, attributes: { id: "confirm-title" } }),
        element("p", { text: consequences, attributes: { id: "confirm-text" } }),
        element("div", { class: "buttons" }, [
          element("button", { text: t("admin.cancel"), attributes: { value: "", autofocus: true } }),
          element("button", { class: "danger", text: label, attributes: { value: "yes" } }),
        ]),
      ]),
    ]);
    // By hand: the page's policy lets no form be submitted, not even to its own dialog.
    function close(event) {
      event.preventDefault();
      dialog.close(event.submitter?.value);
    }
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
