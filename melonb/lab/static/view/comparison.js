// Several pieces under one cursor. One is heard at a time; the reader switches between them (buttons, or
// keys 1..9) without losing the place. Notes that differ from the first are marked.

import { countDifferences, differences } from "../music/difference.js";
import { levelled, toSheet } from "../music/sheet.js";
import { Transport } from "../sound/transport.js";
import { playButton, switchButton } from "./controls.js";
import { html } from "./dom.js";
import { Player } from "./player.js";

function differenceText(sheet, reference) {
  const { added, missing } = countDifferences(sheet, reference);
  if (added + missing === 0) return "the same notes";
  return `${added} new (outlined), ${missing} gone (dashed)`;
}

export class Comparison {
  // `items`: [{label, roll}]; `mark`: whether to mark what differs from the first.
  constructor({ items, mark, label }) {
    this.transport = new Transport();
    const sheets = levelled(items.map((item) => toSheet(item.roll)));
    this.transport.qpm = Math.round(sheets[0].qpm);
    this.players = items.map((item, index) => {
      const compared = mark && index > 0;
      const player = new Player(sheets[index], {
        label: item.label, transport: this.transport, controlled: false,
        options: compared ? { marks: differences(sheets[index], sheets[0]) } : {},
      });
      if (compared) player.note(differenceText(sheets[index], sheets[0]));
      return player;
    });
    this.node = html("div", {
      class: "melonb card comparison", role: "group", "aria-label": label,
      onkeydown: (event) => this.key(event),
    }, this.bar(items), html("div", { class: "side-by-side" }, ...this.players.map((one) => one.node)));
    this.hear(0);
  }

  bar(items) {
    this.buttons = items.map((item, index) => html("button", {
      type: "button", class: "switch", onclick: () => this.hear(index),
    }, `${index + 1} ${item.label}`));
    return html("div", { class: "controls" },
      playButton(this.transport, "the chosen piece"),
      switchButton("Loop", false, (on) => this.transport.setLoop(on)),
      html("span", { role: "group", "aria-label": "Heard now", class: "mutes" }, ...this.buttons));
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
