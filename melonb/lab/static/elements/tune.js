// <melonb-tune>: the reader's own MIDI file. The page reads and plays it; a notebook sends it to a model.

import { readMidi } from "../files/midi-reader.js";
import { partsOf } from "../files/quantise.js";
import { cutBars } from "../music/cut.js";
import { barsOf } from "../music/sheet.js";
import { Comparison } from "../view/comparison.js";
import { html } from "../view/dom.js";
import { field, midiInput, numberInput, options, wholeNumber } from "../view/fields.js";
import { Player } from "../view/player.js";
import { firstBar, Sending } from "../view/sending.js";
import { define } from "./define.js";

const SHOWN_BARS = 8;
const MOST_BARS = 32;
const LARGEST_FILE = 4e6;

function base64(bytes) {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

class YourTune {
  constructor({ label, models, skills }, ask) {
    this.label = label;
    this.models = models;
    this.ask = ask;
    this.part = html("select", { onchange: () => this.choosePart() });
    this.first = numberInput(1, () => this.show());
    this.count = numberInput(SHOWN_BARS, () => this.show());
    this.count.max = MOST_BARS;
    this.problem = html("p", { class: "status", role: "status" });
    this.choices = html("div", { class: "controls", hidden: true },
      field("Part", this.part), field("from bar", this.first), field("bars", this.count));
    this.place = html("div", {});
    this.result = html("div", {});
    if (ask && models.length) {
      this.sending = new Sending({ models, skills }, {
        read: (file) => this.readSecond(file),
        resize: (bars) => this.resize(bars),
        send: (asked) => this.send(asked),
      });
    }
    const words = "The file stays in your browser. To send it through a model, open this page as a notebook.";
    this.node = html("div", { class: "melonb card tune", role: "group", "aria-label": label },
      html("div", { class: "controls" }, field("Your MIDI file", midiInput((file) => this.open(file)))),
      this.choices, this.problem, this.place,
      ask ? this.sending?.node : html("p", { class: "status" }, words), this.result);
  }

  // `tune` is 0 for the reader's tune, 1 for a second one beside it.
  async read(file, tune) {
    this.problem.textContent = "";
    try {
      if (file.size > LARGEST_FILE) throw new Error("This file is larger than 4 MB; cut a part out.");
      const bytes = new Uint8Array(await file.arrayBuffer());
      return this.ask ? (await this.ask({ midi: base64(bytes), tune })).parts : partsOf(readMidi(bytes));
    } catch (error) {
      this.problem.textContent = error.message;
      return null;
    }
  }

  async open(file) {
    const parts = await this.read(file, 0);
    if (!parts) return;
    this.parts = parts;
    this.part.replaceChildren(...options(parts.map((part) => part.name)));
    this.choices.hidden = false;
    this.result.replaceChildren();
    this.sending?.begin(parts);
    if (this.sending) this.count.value = this.sending.skill().bars;
    this.choosePart();
  }

  async readSecond(file) {
    const parts = await this.read(file, 1);
    if (parts) this.problem.textContent = `The second file: ${parts[0].name}, ${parts[0].loss}.`;
    return parts;
  }

  choosePart() {
    this.first.value = firstBar(this.chosen());
    this.first.max = barsOf(this.chosen().roll);
    this.show();
  }

  chosen() {
    return this.parts[Number(this.part.value)];
  }

  bars() {
    const last = barsOf(this.chosen().roll);
    const first = wholeNumber(this.first, 1, last) - 1;
    const count = wholeNumber(this.count, 1, MOST_BARS);
    [this.first.value, this.count.value] = [first + 1, count];
    return [first, Math.min(last, first + count)];
  }

  // A model was chosen: show as many bars as it takes, until the reader asks for others.
  resize(bars) {
    this.count.value = bars;
    if (this.parts) this.show();
  }

  show() {
    const part = this.chosen();
    const [first, stop] = this.bars();
    const roll = cutBars(part.roll, first, stop);
    const name = `${part.name}, bars ${first + 1} to ${stop}`;
    this.problem.textContent = `${part.loss}.`;
    this.player = new Player(roll, { label: name });
    this.place.replaceChildren(this.player.node);
    this.sending?.follow(Number(this.part.value), [first, stop]);
  }

  async send(asked) {
    const part = Number(this.part.value);
    this.node.classList.add("waiting");
    try {
      const { items, milliseconds, said } = await this.ask({ part, bars: this.bars(), ...asked });
      const label = `${this.label}: ${this.models[asked.model]}`;
      this.result.replaceChildren(new Comparison({ items, mark: true, label }).node);
      this.problem.textContent = `${said}The model took ${Math.round(milliseconds)} ms.`;
    } catch (error) {
      this.result.replaceChildren();
      this.problem.textContent = error.message;
    }
    this.node.classList.remove("waiting");
  }
}

define("tune", (data, { ask }) => new YourTune(data, ask));
