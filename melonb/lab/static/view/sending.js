// What stands under the reader's tune in a notebook: which model it goes to, what that is to do with it, and
// what this asks for besides: a partner to go to or to swap with, or the bars to write anew.

import { barsOf } from "../music/sheet.js";
import { STEPS_PER_BAR } from "../music/theory.js";
import { html } from "./dom.js";
import { field, midiInput, numberInput, options, wholeNumber } from "./fields.js";

const WITH_PARTNER = ["interpolate", "swap"];

// Where a part begins to play, counted from 1.
export function firstBar(part) {
  const starts = part.roll.tracks[0].notes.map((note) => note[0]);
  return starts.length ? Math.floor(Math.min(...starts) / STEPS_PER_BAR) + 1 : 1;
}

export class Sending {
  // `models`: names; `skills`: for each its `bars` and the `actions` that it has. `read` gives the parts of a
  // second file, `resize` hears how many bars the chosen model takes, `send` gets the question.
  constructor({ models, skills }, { read, resize, send }) {
    this.skills = skills;
    this.resize = resize;
    this.read = read;
    this.own = [];
    this.second = [];
    this.model = html("select", { onchange: () => this.chooseModel() }, ...options(models));
    this.action = html("select", { onchange: () => this.chooseAction() });
    this.partner = html("select", { onchange: () => this.placePartner() });
    this.partnerBar = numberInput(1);
    this.gap = [numberInput(1), numberInput(1)];
    const button = html("button", { type: "button", onclick: () => send(this.question()) }, "Send");
    this.partnerRow = html("div", { class: "controls", hidden: true },
      field("With", this.partner), field("from its bar", this.partnerBar),
      field("or a second MIDI file", midiInput((file) => this.openSecond(file))));
    this.gapRow = html("div", { class: "controls", hidden: true },
      field("Write anew bar", this.gap[0]), field("up to bar", this.gap[1]));
    this.node = html("div", { class: "sending", hidden: true },
      html("div", { class: "controls" }, field("Model", this.model), field("to", this.action), button),
      this.partnerRow, this.gapRow);
    this.window = { part: 0, bars: [0, 1] };
    this.fillActions();
  }

  skill() {
    return this.skills[Number(this.model.value)];
  }

  chooseModel() {
    this.fillActions();
    this.resize(this.skill().bars);
  }

  fillActions() {
    const { actions } = this.skill();
    const before = this.action.value;
    this.action.replaceChildren(...actions.map((name) => html("option", {}, name)));
    if (actions.includes(before)) this.action.value = before;
    this.chooseAction();
  }

  chooseAction() {
    this.partnerRow.hidden = !WITH_PARTNER.includes(this.action.value);
    this.gapRow.hidden = this.action.value !== "infill";
  }

  // A file was opened: its own parts are the first partners.
  begin(parts) {
    this.own = parts;
    this.window = { part: 0, bars: [0, 1] };
    this.fillPartners(0);
    this.node.hidden = false;
  }

  // Other bars were chosen. The gap goes to their middle; a partner from the same part begins after them.
  follow(part, [first, stop]) {
    if (Number(this.partner.value) === this.window.part) this.partner.value = part;
    this.window = { part, bars: [first, stop] };
    const sent = Math.min(stop - first, this.skill().bars);
    const middle = first + Math.floor(sent / 2);
    for (const input of this.gap) {
      input.min = first + 1;
      input.max = first + sent;
    }
    this.gap[0].value = Math.max(first, middle - 1) + 1;
    this.gap[1].value = middle + 1;
    if (Number(this.partner.value) === part) this.placePartner();
  }

  fillPartners(chosen) {
    const second = this.second.map((part) => `second file: ${part.name}`);
    this.partner.replaceChildren(...options([...this.own.map((part) => part.name), ...second]));
    this.partner.value = chosen;
  }

  partnerPart() {
    return [...this.own, ...this.second][Number(this.partner.value)];
  }

  placePartner() {
    const part = this.partnerPart();
    const last = barsOf(part.roll);
    const after = this.window.bars[1] + 1;
    this.partnerBar.max = last;
    if (Number(this.partner.value) !== this.window.part) this.partnerBar.value = firstBar(part);
    else this.partnerBar.value = after <= last ? after : 1;
  }

  async openSecond(file) {
    const parts = await this.read(file);
    if (!parts) return;
    this.second = parts;
    this.fillPartners(this.own.length);
    this.placePartner();
  }

  question() {
    const [model, action] = [Number(this.model.value), this.action.value];
    const question = { model, action };
    if (!this.partnerRow.hidden) {
      const place = Number(this.partner.value);
      const other = place >= this.own.length;
      const first = wholeNumber(this.partnerBar, 1, barsOf(this.partnerPart().roll)) - 1;
      const count = this.window.bars[1] - this.window.bars[0];
      question.with = {
        tune: other ? 1 : 0, part: other ? place - this.own.length : place, bars: [first, first + count],
      };
    }
    if (!this.gapRow.hidden) {
      const [low, high] = [Number(this.gap[0].min), Number(this.gap[0].max)];
      const first = wholeNumber(this.gap[0], low, high);
      this.gap[0].value = first;
      this.gap[1].value = wholeNumber(this.gap[1], first, high);
      question.gap = [first - 1, Number(this.gap[1].value)];
    }
    return question;
  }
}
