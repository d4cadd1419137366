// A sheet as samples, faster than it sounds; the same desk and voices as the live ones.

import { STEPS_PER_BEAT } from "../music/theory.js";
import { soundsOf } from "../music/sheet.js";
import { createDesk, strike } from "./desk.js";

const TAIL_SECONDS = 1.2;

export async function renderSheet(sheet, { rate = 44100, silent = new Set() } = {}) {
  const stepSeconds = 60 / sheet.qpm / STEPS_PER_BEAT;
  const seconds = sheet.steps * stepSeconds + TAIL_SECONDS;
  const context = new OfflineAudioContext(1, Math.ceil(seconds * rate), rate);
  const desk = createDesk(context);
  for (const sound of soundsOf(sheet)) {
    if (silent.has(sound.track)) continue;
    strike(context, desk, sound, sound.step * stepSeconds, sound.length * stepSeconds);
  }
  return context.startRendering();
}
