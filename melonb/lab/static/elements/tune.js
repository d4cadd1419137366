// <melonb-tune>: the reader's own MIDI file. The page reads and plays it; a notebook sends it to a model.

import { readMidi } from "../files/midi-reader.js";
import { partsOf } from "../files/quantise.js";
import { cutBars } from "../music/cut.js";
import { STEPS_PER_BAR } from "../music/theory.js";
import { Comparison } from "../view/comparison.js";
import { freshId, html } from "../view/dom.js";
import { Player } from "../view/player.js";
import { define } from "./define.js";

const SHOWN_BARS = 8;
const LARGEST_FILE = 4e6;

function field(text, control) {
  control.id = freshId("field");
  return html("span", { class: "field" }, html("label", { for: control.id }, text), control);
}

function options(names) {
  return names.map((name, index) => html("option", { value: index }, name));
}

function base64(bytes) {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

class YourTune {
  constructor({ label, models }, ask) {
    this.label = label;
    this.models = models;
    this.ask = ask;
    const file = html("input", {
      type: "file", accept: ".mid,.midi,audio/midi", onchange: () => this.open(file.files[0]),
    });
    this.part = html("select", { onchange: () => this.choosePart() });
    this.first = html("input", { type: "number", min: "1", value: "1", onchange: () => this.show() });
    this.count = html("input", {
      type: "number", min: "1", max: "32", value: `${SHOWN_BARS}`, onchange: () => this.show(),
    });
    this.problem = html("p", { class: "status", role: "status" });
    this.choices = html("div", { class: "controls", hidden: true },
      field("Part", this.part), field("from bar", this.first), field("bars", this.count));
    this.sending = this.sendingRow();
    this.place = html("div", {});
    this.result = html("div", {});
    this.node = html("div", { class: "melonb card tune", role: "group", "aria-label": label },
      html("div", { class: "controls" }, field("Your MIDI file", file)),
      this.choices, this.problem, this.place, this.sending, this.result);
  }

  sendingRow() {
    if (!this.ask) {
      return html("p", { class: "status" },
        "The file stays in your browser. To send it through a model, open this page as a notebook.");
    }
    this.model = html("select", {}, ...options(this.models));
    this.action = html("select", {}, ...["reconstruct", "vary", "infill"].map((name) => html("option", {}, name)));
    const send = html("button", { type: "button", onclick: () => this.send() }, "Send");
    return html("div", { class: "controls", hidden: true },
      field("Model", this.model), field("to", this.action), send);
  }

  async open(file) {
    this.problem.textContent = "";
    try {
      if (file.size > LARGEST_FILE) throw new Error("This file is larger than 4 MB; cut a part out.");
      const bytes = new Uint8Array(await file.arrayBuffer());
      this.parts = this.ask
        ? (await this.ask({ midi: base64(bytes), name: file.name })).parts
        : partsOf(readMidi(bytes));
    } catch (error) {
      this.problem.textContent = error.message;
      return;
    }
    this.part.replaceChildren(...options(this.parts.map((part) => part.name)));
    this.choices.hidden = false;
    this.sending.hidden = false;
    this.choosePart();
  }

  choosePart() {
    const { roll } = this.chosen();
    const start = Math.min(...roll.tracks[0].notes.map((note) => note[0]));
    this.first.value = Math.floor(start / STEPS_PER_BAR) + 1;
    this.first.max = Math.ceil(roll.steps / STEPS_PER_BAR);
    this.show();
  }

  chosen() {
    return this.parts[Number(this.part.value)];
  }

  bars() {
    const last = Math.ceil(this.chosen().roll.steps / STEPS_PER_BAR);
    const first = Math.max(1, Math.min(last, Math.round(Number(this.first.value)) || 1)) - 1;
    const count = Math.max(1, Math.min(32, Math.round(Number(this.count.value)) || 1));
    return [first, Math.min(last, first + count)];
  }

  show() {
    const part = this.chosen();
    const [first, stop] = this.bars();
    const roll = cutBars(part.roll, first, stop);
    const name = `${part.name}, bars ${first + 1} to ${stop}`;
    this.problem.textContent = `${part.loss}.`;
    this.player = new Player(roll, { label: name });
    this.place.replaceChildren(this.player.node);
  }

  async send() {
    this.node.classList.add("waiting");
    const question = {
      part: Number(this.part.value), bars: this.bars(), model: Number(this.model.value), action: this.action.value,
    };
    try {
      const { items, milliseconds, said = "" } = await this.ask(question);
      const label = `${this.label}: ${this.models[question.model]}`;
      this.result.replaceChildren(new Comparison({ items, mark: true, label }).node);
      this.problem.textContent = `${said}The model took ${Math.round(milliseconds)} ms.`;
    } catch (error) {
      this.problem.textContent = error.message;
    }
    this.node.classList.remove("waiting");
  }
}

define("tune", (data, { ask }) => new YourTune(data, ask));
