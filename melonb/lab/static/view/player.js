// A player: title, roll, controls, and the same music in words. Every element of the lab is built on it.

import { toSheet } from "../music/sheet.js";
import { Transport } from "../sound/transport.js";
import { controlsOf, switchButton } from "./controls.js";
import { freshId, html } from "./dom.js";
import { Stage } from "./stage.js";
import { Words } from "./words.js";

export class Player {
  // `score`: an SVG to show instead of the roll on demand; `transport`: one that several players share;
  // `controlled`: whether this player has controls of its own; `options`: marks and spans of the roll.
  constructor(json, { label, loop = false, score = null, transport = null, controlled = true, options = {} }) {
    this.label = label;
    this.controlled = controlled;
    this.sheet = toSheet(json);
    this.transport = transport ?? new Transport();
    if (!transport) this.transport.qpm = Math.round(this.sheet.qpm);
    this.transport.loop ||= loop;
    this.stage = new Stage(this.transport, { label });
    this.title = html("p", { class: "title", id: freshId("title") }, label);
    this.controls = html("div", { class: "controls" });
    this.words = new Words(this.sheet);
    this.node = html("div", { class: "melonb player", role: "group", "aria-labelledby": this.title.id },
      html("div", { class: "head" }, this.title, this.stage.readout),
      this.stage.node, this.controls, this.words.node);
    if (score) this.addScore(score);
    this.fill(options);
  }

  // A remark beside the title, shown while nothing is pointed at.
  note(text) {
    this.stage.rest = text;
    this.stage.say("");
  }

  addScore(score) {
    this.score = html("div", {
      class: "engraved", hidden: true, tabindex: "0", role: "region", "aria-label": `Score of ${this.label}`,
    }, score);
    this.stage.node.after(this.score);
  }

  fill(options) {
    this.transport.load(this.sheet);
    this.stage.show(this.sheet, options);
    if (!this.controlled) return;
    this.controls.replaceChildren(...controlsOf(this));
    if (!this.score) return;
    this.controls.append(switchButton("Score", !this.score.hidden, (shown) => {
      this.score.hidden = !shown;
      this.stage.node.hidden = shown;
    }));
  }

  // New music in the same place: cursor, tempo, mutes and open details stay as they are.
  update(json, options = {}) {
    const sheet = toSheet(json);
    const lanes = (one) => [...one.tracks.map((track) => track.name), one.chords.length > 0].join();
    const same = lanes(sheet) === lanes(this.sheet);
    this.sheet = sheet;
    if (same) {
      this.transport.load(sheet);
      this.stage.show(sheet, options);
    } else this.fill(options);
    this.words.tell(sheet);
  }
}
