// Buttons that show small rolls: one of them is chosen.

import { html } from "./dom.js";
import { thumbnail } from "./thumbnail.js";

export function pad({ sheet, text, label, chosen }) {
  return html("button", {
    type: "button", class: "pad", "aria-pressed": "false", "aria-label": label ?? text, onclick: chosen,
  }, text ? html("span", {}, text) : null, thumbnail(sheet));
}

export function press(pads, chosen) {
  for (const one of pads) one.setAttribute("aria-pressed", `${one === chosen}`);
}
