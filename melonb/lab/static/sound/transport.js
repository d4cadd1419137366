// The transport: where the music is, and a scheduler that keeps a little ahead of the ear.
//
// Positions are in steps. While playing, "unrolled" steps keep counting through loops, so that a loop's
// second pass is steps N..2N; position = unrolled modulo N.

import { STEPS_PER_BEAT } from "../music/theory.js";
import { soundsOf } from "../music/sheet.js";
import { liveDesk, strike } from "./desk.js";

const AHEAD_SECONDS = 0.15;
const TICK_MILLISECONDS = 30;
const START_SECONDS = 0.06;

let sounding = null;

export class Transport extends EventTarget {
  constructor() {
    super();
    this.steps = 16;
    this.qpm = 120;
    this.loop = false;
    this.playing = false;
    this.silent = new Set();
    this.sounds = [];
    this.resting = 0;
  }

  // New music under the same cursor: what is playing goes on with the new notes.
  load(sheet) {
    this.sounds = soundsOf(sheet);
    this.steps = sheet.steps;
    if (!this.playing) this.resting = Math.min(this.resting, this.steps);
    this.tell("move");
  }

  get stepSeconds() {
    return 60 / this.qpm / STEPS_PER_BEAT;
  }

  get unrolled() {
    const elapsed = this.desk.context.currentTime - this.anchorTime;
    return this.anchorStep + Math.max(0, elapsed) / this.stepSeconds;
  }

  get position() {
    if (!this.playing) return this.resting;
    return this.loop ? this.unrolled % this.steps : Math.min(this.unrolled, this.steps);
  }

  play() {
    if (this.playing) return;
    if (sounding) sounding.pause();
    sounding = this;
    this.desk = liveDesk();
    if (this.resting >= this.steps) this.resting = 0;
    this.open(this.resting);
    this.playing = true;
    this.timer = setInterval(() => this.tick(), TICK_MILLISECONDS);
    this.tick();
    this.tell("state");
    this.follow();
  }

  pause() {
    if (!this.playing) return;
    this.resting = this.position;
    this.playing = false;
    sounding = null;
    clearInterval(this.timer);
    this.hush();
    this.tell("state");
    this.tell("move");
  }

  seek(step) {
    const target = Math.max(0, Math.min(step, this.steps));
    this.resting = target;
    if (this.playing) {
      this.hush();
      this.open(target % this.steps);
    }
    this.tell("move");
  }

  setTempo(qpm) {
    if (this.playing) {
      this.anchorStep = this.unrolled;
      this.anchorTime = Math.max(this.desk.context.currentTime, this.anchorTime);
    }
    this.qpm = qpm;
  }

  setLoop(loop) {
    if (this.playing && !loop) this.seek(this.position);
    this.loop = loop;
  }

  // A gain of this transport's own, so that a pause cuts what was already scheduled.
  open(step) {
    const { context, input } = this.desk;
    this.out = context.createGain();
    this.out.connect(input);
    this.anchorStep = step;
    this.anchorTime = context.currentTime + START_SECONDS;
    this.horizon = step;
  }

  hush() {
    const { context } = this.desk;
    const gain = this.out;
    gain.gain.setTargetAtTime(0, context.currentTime, 0.01);
    setTimeout(() => gain.disconnect(), 120);
  }

  tick() {
    const now = this.unrolled;
    if (!this.loop && now >= this.steps) {
      this.pause();
      this.resting = 0;
      this.tell("move");
      return;
    }
    const target = now + AHEAD_SECONDS / this.stepSeconds;
    const until = this.loop ? target : Math.min(target, this.steps);
    if (until <= this.horizon) return;
    for (const [sound, at] of this.between(this.horizon, until)) this.schedule(sound, at);
    this.horizon = until;
  }

  between(from, until) {
    const found = [];
    for (let round = Math.floor(from / this.steps); round * this.steps < until; round += 1) {
      for (const sound of this.sounds) {
        const at = round * this.steps + sound.step;
        if (at >= from && at < until && !this.silent.has(sound.track)) found.push([sound, at]);
      }
    }
    return found;
  }

  schedule(sound, at) {
    const { context } = this.desk;
    const when = this.anchorTime + (at - this.anchorStep) * this.stepSeconds;
    const start = Math.max(when, context.currentTime);
    strike(context, this.out, sound, start, sound.length * this.stepSeconds);
  }

  follow() {
    if (!this.playing) return;
    this.tell("move");
    requestAnimationFrame(() => this.follow());
  }

  tell(type) {
    this.dispatchEvent(new Event(type));
  }
}
