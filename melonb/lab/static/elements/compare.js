// <melonb-compare>: several pieces under one cursor. One is heard at a time; the reader switches between
// them (buttons, or keys 1..9) without losing the place. Notes that differ from the first are marked.

import { countDifferences, differences } from "../music/difference.js";
import { toSheet } from "../music/sheet.js";
import { Transport } from "../sound/transport.js";
import { Player } from "../view/player.js";
import { playButton, toggle } from "../view/controls.js";
import { html } from "../view/dom.js";
import { define } from "./define.js";

function differenceText(sheet, reference) {
  const { added, missing } = countDifferences(sheet, reference);
  if (added + missing === 0) return "the same notes";
  return `${added} note${added === 1 ? "" : "s"} new (outlined), ${missing} gone (dashed)`;
}

class Comparison {
  constructor({ items, mark }, label) {
    this.transport = new Transport();
    const sheets = items.map((item) => toSheet(item.roll));
    this.transport.qpm = Math.round(sheets[0].qpm);
    this.players = items.map((item, index) => {
      const compared = mark && index > 0;
      const title = compared ? `${item.label}: ${differenceText(sheets[index], sheets[0])}` : item.label;
      const player = new Player(item.roll, {
        label: item.label, title, transport: this.transport,
        options: compared ? { marks: differences(sheets[index], sheets[0]) } : {},
      });
      player.controls.remove();
      return player;
    });
    this.node = html("div", { class: "melonb comparison", role: "group", "aria-label": label, onkeydown: (event) => this.key(event) });
    this.node.append(this.bar(items), html("div", { class: "side-by-side" }, ...this.players.map((player) => player.node)));
    this.hear(0);
  }

  bar(items) {
    this.buttons = items.map((item, index) => html("button", {
      type: "button", class: "toggle", onclick: () => this.hear(index),
    }, `${index + 1} ${item.label}`));
    return html("div", { class: "controls" },
      playButton(this.transport, "what is chosen"),
      html("span", { role: "group", "aria-label": "Heard now", class: "mutes" }, ...this.buttons),
      toggle("Loop", false, (on) => this.transport.setLoop(on)));
  }

  hear(index) {
    this.transport.load(this.players[index].sheet);
    this.buttons.forEach((button, place) => button.setAttribute("aria-pressed", `${place === index}`));
    this.players.forEach((player, place) => player.node.classList.toggle("heard", place === index));
  }

  key(event) {
    const index = Number(event.key) - 1;
    if (this.players[index]) this.hear(index);
  }
}

define("melonb-compare", (data, element) =>
  new Comparison(data, element.getAttribute("label") ?? "Comparison"));
