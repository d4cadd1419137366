// The mixing desk: a little room and a compressor between the voices and the loudspeaker.

import { CHORDS } from "../music/sheet.js";
import { drum } from "./drums.js";
import { noiseBuffer } from "./noise.js";
import { bass, chord, keys } from "./voices.js";

const ROOM_SECONDS = 0.9;

function room(context) {
  const samples = Math.floor(context.sampleRate * ROOM_SECONDS);
  const impulse = context.createBuffer(1, samples, context.sampleRate);
  const source = noiseBuffer(context).getChannelData(0);
  const target = impulse.getChannelData(0);
  for (let index = 0; index < samples; index += 1) {
    target[index] = source[index % source.length] * (1 - index / samples) ** 4;
  }
  const convolver = context.createConvolver();
  convolver.buffer = impulse;
  return convolver;
}

// Returns the node that voices connect to.
export function createDesk(context) {
  const input = context.createGain();
  const wet = context.createGain();
  const limiter = context.createDynamicsCompressor();
  input.gain.value = 0.6;
  wet.gain.value = 0.14;
  limiter.threshold.value = -9;
  limiter.ratio.value = 6;
  input.connect(limiter).connect(context.destination);
  input.connect(room(context)).connect(wet).connect(limiter);
  return input;
}

export function strike(context, out, sound, when, seconds) {
  if (sound.voice === "drums") drum(context, out, sound.pitch, when);
  else if (sound.voice === "bass") bass(context, out, sound.pitch, when, seconds);
  else if (sound.voice === CHORDS) chord(context, out, sound.chord, when, seconds);
  else keys(context, out, sound.pitch, when, seconds);
}

let live = null;

// The page's one live desk, made at the reader's first press of a play button.
export function liveDesk() {
  if (!live) {
    const context = new AudioContext({ latencyHint: "interactive" });
    live = { context, input: createDesk(context) };
  }
  live.context.resume();
  return live;
}
