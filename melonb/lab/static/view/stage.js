// The stage: a drawn roll with a cursor, that the reader seeks in by pointer or keys.

import { placeName, STEPS_PER_BAR, STEPS_PER_BEAT } from "../music/theory.js";
import { html } from "./dom.js";
import { drawRoll, layoutOf, moveCursor, stepAt } from "./roll.js";

const LEAST_WIDTH = 240;

export class Stage {
  constructor(transport, { label }) {
    this.transport = transport;
    this.node = html("div", {
      class: "stage", role: "slider", tabindex: "0", "aria-label": `Place in ${label}`,
      "aria-valuemin": "1", onkeydown: (event) => this.key(event),
      onclick: (event) => this.point(event), onpointerover: (event) => this.hover(event),
      onpointerleave: () => this.say(""),
    });
    this.readout = html("span", { class: "readout" });
    this.rest = "";
    transport.addEventListener("move", () => this.move());
    this.watcher = new ResizeObserver(() => this.draw());
    this.watcher.observe(this.node);
  }

  show(sheet, options = {}) {
    this.sheet = sheet;
    this.options = options;
    this.node.setAttribute("aria-valuemax", `${sheet.steps}`);
    this.width = null;
    this.draw();
  }

  draw() {
    const width = Math.max(LEAST_WIDTH, Math.floor(this.node.clientWidth));
    if (!this.sheet || width === this.width) return;
    this.width = width;
    this.layout = layoutOf(this.sheet, width);
    this.root = drawRoll(this.sheet, this.layout, this.options);
    this.node.replaceChildren(this.root);
    this.move();
  }

  move() {
    if (this.transport.playing && !this.node.isConnected) this.transport.pause();
    if (!this.root) return;
    const step = this.transport.position;
    moveCursor(this.root, this.layout, step);
    const now = Math.min(this.sheet.steps, Math.floor(step) + 1);
    if (this.told === now) return;
    this.told = now;
    this.node.setAttribute("aria-valuenow", `${now}`);
    this.node.setAttribute("aria-valuetext", placeName(Math.min(step, this.sheet.steps - 1)));
  }

  point(event) {
    const box = this.root.getBoundingClientRect();
    this.transport.seek(Math.floor(stepAt(this.layout, event.clientX - box.left, event.clientY - box.top)));
    this.say(event.target.dataset?.text ?? "");
  }

  hover(event) {
    this.say(event.target.dataset?.text ?? "");
  }

  say(text) {
    this.readout.textContent = text || this.rest;
  }

  key(event) {
    const now = Math.floor(this.transport.position);
    const moves = {
      ArrowRight: now + STEPS_PER_BEAT, ArrowUp: now + STEPS_PER_BEAT,
      ArrowLeft: now - STEPS_PER_BEAT, ArrowDown: now - STEPS_PER_BEAT,
      PageDown: now + STEPS_PER_BAR, PageUp: now - STEPS_PER_BAR,
      Home: 0, End: this.sheet.steps - 1,
    };
    if (event.key === " ") {
      if (this.transport.playing) this.transport.pause();
      else this.transport.play();
    } else if (event.key in moves) this.transport.seek(moves[event.key]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
