// <melonb-infill>: a melody with a gap; several fillings of it, heard in place.

import { differences } from "../music/difference.js";
import { decodePoint } from "../music/notecode.js";
import { toSheet } from "../music/sheet.js";
import { STEPS_PER_BAR } from "../music/theory.js";
import { html } from "../view/dom.js";
import { Player } from "../view/player.js";
import { define } from "./define.js";

function buttons(texts, chosen) {
  return texts.map((text, index) =>
    html("button", { type: "button", class: "switch", onclick: () => chosen(index) }, text));
}

function mark(all, index) {
  all.forEach((button, place) => button.setAttribute("aria-pressed", `${place === index}`));
}

function barsText([first, stop]) {
  return stop - first === 1 ? `bar ${stop}` : `bars ${first + 1} to ${stop}`;
}

class Infill {
  constructor({ label, frame, original, gaps }, ask) {
    this.frame = frame;
    this.gaps = gaps;
    this.ask = ask;
    this.original = decodePoint(frame, original);
    this.player = new Player(this.original, { label, loop: true });
    this.places = buttons(gaps.map((gap) => barsText(gap.bars)), (index) => this.choose(index, 1));
    this.fillings = html("span", { class: "mutes", role: "group", "aria-label": "What fills the gap" });
    this.status = html("p", { class: "status" });
    this.node = html("div", { class: "melonb card", role: "group", "aria-label": label },
      html("div", { class: "controls" },
        html("span", {}, "Gap"),
        html("span", { class: "mutes", role: "group", "aria-label": "Gap" }, ...this.places),
        html("span", { class: "pair" }, "filled by", this.fillings)),
      this.player.node, this.status);
    this.choose(0, 0);
  }

  // `filling` 0 is the original, 1.. the model's.
  choose(gap, filling) {
    this.gap = gap;
    const { candidates } = this.gaps[gap];
    const texts = ["the original", ...candidates.map((_, index) => `model ${index + 1}`)];
    const all = buttons(texts, (index) => this.choose(gap, index));
    const focused = this.fillings.contains(document.activeElement);
    this.fillings.replaceChildren(...all);
    if (this.ask) {
      this.fillings.append(html("button", { type: "button", onclick: () => this.more() }, "Ask for another"));
    }
    if (focused) all[filling].focus();
    mark(this.places, gap);
    mark(all, filling);
    this.show(filling ? decodePoint(this.frame, candidates[filling - 1]) : this.original);
  }

  show(roll) {
    const [first, stop] = this.gaps[this.gap].bars;
    this.player.update(roll, {
      spans: [[first * STEPS_PER_BAR, stop * STEPS_PER_BAR]],
      marks: differences(toSheet(roll), toSheet(this.original)),
    });
    if (this.ask) return;
    this.status.textContent = "Filled in when this page was made; open it as a notebook to ask for more.";
  }

  async more() {
    if (this.node.classList.contains("waiting")) return;
    const place = this.gap;
    const gap = this.gaps[place];
    this.node.classList.add("waiting");
    try {
      const { point, milliseconds } = await this.ask({ bars: gap.bars, seed: gap.candidates.length });
      gap.candidates.push(point);
      this.choose(place, gap.candidates.length);
      this.status.textContent = `The model took ${Math.round(milliseconds)} ms.`;
    } catch (error) {
      this.status.textContent = `The model did not answer: ${error.message}`;
    }
    this.node.classList.remove("waiting");
  }
}

define("infill", (data, { ask }) => new Infill(data, ask));
