// <melonb-swap>: every piece's one factor with every piece's other factor, as a table of pads.

import { decodePoint } from "../music/notecode.js";
import { toSheet } from "../music/sheet.js";
import { html } from "../view/dom.js";
import { pad, press } from "../view/pads.js";
import { Player } from "../view/player.js";
import { define } from "./define.js";

class SwapMatrix {
  constructor({ label, labels, factors, frame, points }) {
    const size = labels.length;
    this.factors = factors;
    this.labels = labels;
    const rolls = points.map((point) => decodePoint(frame, point));
    this.player = new Player(rolls[0], { label, loop: true });
    this.pads = rolls.map((roll, place) => {
      const [row, column] = [Math.floor(place / size), place % size];
      return pad({
        sheet: toSheet(roll), label: this.name(row, column),
        chosen: () => this.choose(rolls[place], place),
      });
    });
    this.node = html("div", { class: "melonb card", role: "group", "aria-label": label },
      html("div", { class: "matrix-frame" }, this.table(label)), this.player.node);
    this.choose(rolls[0], 0);
  }

  name(row, column) {
    const [first, second] = this.factors;
    if (row === column) return `${this.labels[row]}, as it is`;
    return `${first} of ${this.labels[row]}, ${second} of ${this.labels[column]}`;
  }

  table(label) {
    const size = this.labels.length;
    const [first, second] = this.factors;
    const head = html("tr", {}, html("td", {}), ...this.labels.map((text) =>
      html("th", { scope: "col" }, `${second} of ${text}`)));
    const rows = this.labels.map((text, row) => html("tr", {},
      html("th", { scope: "row" }, `${first} of ${text}`),
      ...this.pads.slice(row * size, (row + 1) * size).map((one) => html("td", {}, one))));
    return html("table", { class: "matrix", "aria-label": label }, head, ...rows);
  }

  choose(roll, place) {
    const size = this.labels.length;
    press(this.pads, this.pads[place]);
    this.player.update(roll);
    this.player.note(this.name(Math.floor(place / size), place % size));
  }
}

define("swap", (data) => new SwapMatrix(data));
