// <melonb-decoder>: a decoder that runs in the page, over the way between two points. Either may be drawn anew.

import { between, chanceFrom, drawPoint } from "../music/chance.js";
import { Core, notesOf } from "../music/core.js";
import { html } from "../view/dom.js";
import { knobOf } from "../view/knobs.js";
import { Player } from "../view/player.js";
import { define } from "./define.js";

const PITCHES = { low: 48, high: 84 }; // the picture keeps its height for most tunes

class Decoder {
  constructor({ label, qpm, core, ends }) {
    this.core = new Core(core);
    this.qpm = qpm;
    this.ends = ends.map((end) => Float32Array.from(end));
    this.seed = 0;
    const turned = () => this.turn();
    const knob = (said) => knobOf({ kind: "slider", start: 0, unit: "", ...said }, true, turned);
    this.place = knob({ label: "from first to last", values: [0, 1] });
    this.warmth = knob({ label: "temperature", values: [0, 1.5] });
    this.place.node.classList.add("wide");
    this.player = new Player(this.music(), { label, loop: true });
    this.status = html("p", { class: "status", "aria-live": "polite" },
      "The model is in this page: every point between the two is decoded as you ask for it.");
    const fresh = (text, end) => html("button", { type: "button", onclick: () => this.draw(text, end) },
      `New ${text} tune`);
    this.node = html("div", { class: "melonb card panel", role: "group", "aria-label": label },
      html("div", { class: "knobs" }, this.place.node, this.warmth.node),
      html("div", { class: "controls" }, fresh("first", 0), fresh("last", 1)),
      this.player.node, this.status);
  }

  symbols() {
    const z = between(...this.ends, this.place.value());
    return this.core.unroll(z, this.warmth.value(), chanceFrom(this.seed));
  }

  music() {
    const notes = notesOf(this.symbols());
    const pitches = notes.map((note) => note[2]);
    const low = Math.min(PITCHES.low, ...pitches);
    const high = Math.max(PITCHES.high, ...pitches);
    const track = { name: "melody", kind: "pitch", program: 0, notes, low, high };
    return { steps: this.core.steps, qpm: this.qpm, tracks: [track], chords: [] };
  }

  turn(about = "Decoded here") {
    const start = performance.now();
    this.player.update(this.music());
    this.status.textContent = `${about}, in ${Math.max(1, Math.round(performance.now() - start))} ms.`;
  }

  draw(name, end) {
    this.seed += 1;
    this.ends[end] = drawPoint(this.ends[end].length, chanceFrom(this.seed));
    this.place.set(end);
    this.turn(`A new ${name} point, drawn from the prior`);
  }
}

define("decoder", (data) => new Decoder(data));
