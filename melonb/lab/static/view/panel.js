// A panel: knobs over a player. The music comes from an atlas that lies in the page, or from a kernel.

import { decodePoint } from "../music/notecode.js";
import { html } from "./dom.js";
import { knobOf } from "./knobs.js";
import { latestWins } from "./latest.js";
import { Player } from "./player.js";

// The atlas is a grid, last knob fastest; equal points are stored once and `index` says which.
function atlasOf({ frame, points, index, knobs }) {
  const sizes = knobs.map((knob) => (knob.values ?? knob.texts).length);
  return (places) => {
    const flat = places.reduce((sum, place, knob) => sum * sizes[knob] + place, 0);
    return decodePoint(frame, points[index ? index[flat] : flat]);
  };
}

export class Panel {
  constructor(data, ask) {
    this.knobs = data.knobs.map((knob) => knobOf(knob, Boolean(ask), () => this.turn()));
    this.status = html("p", { class: "status", "aria-live": "off" });
    this.atlas = data.points ? atlasOf(data) : null;
    const first = this.atlas ? this.atlas(this.places()) : data.first;
    this.player = new Player(first, { label: data.label });
    this.player.transport.loop = true;
    this.player.fill({});
    if (ask) this.request = latestWins(ask, this.listeners());
    this.status.textContent = ask ? "The model answers from this notebook." : this.origin(data);
    this.node = html("div", { class: "melonb card panel", role: "group", "aria-label": data.label },
      html("div", { class: "knobs" }, ...this.knobs.map((knob) => knob.node)),
      this.player.node, this.status);
    if (!ask && !this.atlas) this.rest();
  }

  // Saved from a live notebook: neither a model nor an atlas is here to answer.
  rest() {
    for (const input of this.node.querySelectorAll(".knobs input")) input.disabled = true;
  }

  origin({ points, index }) {
    if (!points) return "Run this cell again to turn the knobs: the model is not in the page.";
    const count = (index ?? points).length;
    return `${count} points, decoded when this page was made; open it as a notebook for the live model.`;
  }

  places() {
    return this.knobs.map((knob) => knob.place());
  }

  turn() {
    if (this.request) {
      this.request(this.knobs.map((knob) => knob.value()));
      return;
    }
    const start = performance.now();
    this.player.update(this.atlas(this.places()));
    this.tell(`From the atlas, in ${Math.max(1, Math.round(performance.now() - start))} ms.`);
  }

  listeners() {
    return {
      asked: () => this.node.classList.add("waiting"),
      answered: ({ roll, milliseconds }, total) => {
        this.node.classList.remove("waiting");
        this.player.update(roll);
        this.tell(`Last step ${Math.round(total)} ms, of which the model took ${Math.round(milliseconds)} ms.`);
      },
      failed: (error) => {
        this.node.classList.remove("waiting");
        this.tell(`The model did not answer: ${error.message}`);
      },
    };
  }

  tell(text) {
    this.status.textContent = text;
  }
}
