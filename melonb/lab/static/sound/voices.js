// The pitched voices, all synthesised: keys (an electric piano), bass, and a soft pad for chords.

import { chordPitches, frequencyOf } from "../music/theory.js";
import { held } from "./envelope.js";

function oscillator(context, type, frequency, when, stop) {
  const source = context.createOscillator();
  source.type = type;
  source.frequency.value = frequency;
  source.start(when);
  source.stop(stop);
  return source;
}

// Two-operator FM at the note's own frequency: bright when struck, nearly a sine as it fades.
export function keys(context, out, pitch, when, seconds) {
  const frequency = frequencyOf(pitch);
  const { gain, stop } = held(context, out, when, {
    peak: 0.34, attack: 0.004, fade: 0.55, hold: seconds * 0.96, release: 0.12,
  });
  const carrier = oscillator(context, "sine", frequency, when, stop);
  const modulator = oscillator(context, "sine", frequency, when, stop);
  const depth = context.createGain();
  depth.gain.setValueAtTime(frequency * 1.1, when);
  depth.gain.setTargetAtTime(frequency * 0.18, when, 0.16);
  modulator.connect(depth).connect(carrier.frequency);
  carrier.connect(gain);
  const tine = oscillator(context, "sine", frequency * 4, when, when + 0.3);
  const tineGain = context.createGain();
  tineGain.gain.setValueAtTime(0.16, when);
  tineGain.gain.setTargetAtTime(0, when, 0.04);
  tine.connect(tineGain).connect(gain);
}

// A sine for the floor and a saw through a closing filter for the finger on the string.
export function bass(context, out, pitch, when, seconds) {
  const frequency = frequencyOf(pitch);
  const { gain, stop } = held(context, out, when, {
    peak: 0.35, attack: 0.006, fade: 0.4, hold: seconds * 0.94, release: 0.08,
  });
  const filter = context.createBiquadFilter();
  filter.type = "lowpass";
  filter.Q.value = 1.2;
  filter.frequency.setValueAtTime(Math.min(frequency * 9, 3000), when);
  filter.frequency.setTargetAtTime(frequency * 2.5, when, 0.09);
  const string = context.createGain();
  string.gain.value = 0.45;
  oscillator(context, "sawtooth", frequency, when, stop).connect(filter).connect(string).connect(gain);
  oscillator(context, "sine", frequency, when, stop).connect(gain);
}

export function chord(context, out, named, when, seconds) {
  for (const pitch of chordPitches(named)) {
    const { gain, stop } = held(context, out, when, {
      peak: 0.055, attack: 0.05, fade: 1.5, hold: seconds * 0.97, release: 0.25,
    });
    oscillator(context, "triangle", frequencyOf(pitch), when, stop).connect(gain);
  }
}
