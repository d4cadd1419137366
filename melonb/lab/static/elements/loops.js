// <melonb-loops>: clips on pads, to hear one by one; with a form, a machine that plays them in a row.

import { decodePoint } from "../music/notecode.js";
import { joinSheets, toSheet } from "../music/sheet.js";
import { freshId, html } from "../view/dom.js";
import { pad, press } from "../view/pads.js";
import { Player } from "../view/player.js";
import { define } from "./define.js";

const LONGEST_FORM = 16;

class LoopMachine {
  constructor({ label, names, frame, points, form }) {
    this.names = names;
    this.sheets = points.map((point) => toSheet(decodePoint(frame, point)));
    this.player = new Player(this.sheets[0], { label, loop: true });
    this.pads = this.sheets.map((sheet, place) =>
      pad({ sheet, text: names[place], label: `Clip ${names[place]}`, chosen: () => this.choose(place) }));
    this.node = html("div", { class: "melonb card", role: "group", "aria-label": label },
      html("div", { class: "pads", role: "group", "aria-label": "Clips" }, ...this.pads));
    if (form) this.node.append(this.formField(form));
    this.node.append(this.player.node);
    if (form) this.play(form);
    else this.choose(0);
  }

  formField(form) {
    const id = freshId("form");
    this.problem = html("span", { class: "status", role: "status" });
    const input = html("input", {
      type: "text", id, value: form, size: "18", autocomplete: "off", spellcheck: "false",
      oninput: () => this.play(input.value),
    });
    return html("div", { class: "controls" }, html("label", { for: id }, "Form"), input, this.problem);
  }

  choose(place) {
    press(this.pads, this.pads[place]);
    this.player.update(this.sheets[place]);
    this.player.note(`clip ${this.names[place]}`);
  }

  play(form) {
    const letters = [...form.toUpperCase()].filter((letter) => letter.trim());
    const places = letters.map((letter) => this.names.indexOf(letter));
    const unknown = letters.find((_, index) => places[index] < 0);
    let problem = "";
    if (unknown) problem = `There is no clip ${unknown}.`;
    else if (!letters.length) problem = "Type the names of clips.";
    else if (letters.length > LONGEST_FORM) problem = `At most ${LONGEST_FORM} clips in a row.`;
    this.problem.textContent = problem;
    if (problem) return;
    press(this.pads, null);
    this.player.update(joinSheets(places.map((place) => this.sheets[place])));
    this.player.note(letters.join(" "));
  }
}

define("loops", (data) => new LoopMachine(data));
