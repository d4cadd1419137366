// A sheet as samples, faster than it sounds; the same desk and voices as the live ones.

import { STEPS_PER_BEAT } from "../music/theory.js";
import { soundsOf } from "../music/sheet.js";
import { createDesk, strike } from "./desk.js";

const TAIL_SECONDS = 1.2;
// The compressor needs a moment before it passes what it should; the moment is cut off again.
const LEAD_SECONDS = 0.4;

export async function renderSheet(sheet, { rate = 44100, silent = new Set() } = {}) {
  const stepSeconds = 60 / sheet.qpm / STEPS_PER_BEAT;
  const seconds = sheet.steps * stepSeconds + TAIL_SECONDS;
  const lead = Math.round(LEAD_SECONDS * rate);
  const context = new OfflineAudioContext(1, lead + Math.ceil(seconds * rate), rate);
  const desk = createDesk(context);
  for (const sound of soundsOf(sheet)) {
    if (silent.has(sound.track)) continue;
    const when = lead / rate + sound.step * stepSeconds;
    strike(context, desk, sound, when, sound.length * stepSeconds);
  }
  const rendered = (await context.startRendering()).getChannelData(0).subarray(lead);
  const trimmed = context.createBuffer(1, rendered.length, rate);
  trimmed.copyToChannel(rendered, 0);
  return trimmed;
}
