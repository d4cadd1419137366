// Nine synthesised drums, by class: kick, snare, two hats, three toms, crash, ride.

import { struck } from "./envelope.js";
import { noiseBuffer } from "./noise.js";

function drumhead(context, out, when, { from, to, glide, decay, peak }) {
  const tone = context.createOscillator();
  tone.frequency.setValueAtTime(from, when);
  tone.frequency.exponentialRampToValueAtTime(to, when + glide);
  tone.connect(struck(context, out, when, { peak, decay }));
  tone.start(when);
  tone.stop(when + decay + 0.02);
}

function noise(context, out, when, { type, frequency, q = 0.7, decay, peak }) {
  const source = context.createBufferSource();
  source.buffer = noiseBuffer(context);
  source.loop = true;
  const filter = context.createBiquadFilter();
  filter.type = type;
  filter.frequency.value = frequency;
  filter.Q.value = q;
  source.connect(filter).connect(struck(context, out, when, { peak, attack: 0.001, decay }));
  source.start(when);
  source.stop(when + decay + 0.02);
}

// Partials that fit no scale are what the ear takes for metal.
function metal(context, out, when, { decay, peak, lowest = 5200 }) {
  const filter = context.createBiquadFilter();
  filter.type = "highpass";
  filter.frequency.value = lowest;
  filter.connect(struck(context, out, when, { peak, attack: 0.001, decay }));
  for (const frequency of [263, 400, 421, 474, 587, 845]) {
    const partial = context.createOscillator();
    partial.type = "square";
    partial.frequency.value = frequency * 2;
    partial.connect(filter);
    partial.start(when);
    partial.stop(when + decay + 0.02);
  }
}

function tom(frequency) {
  return (context, out, when) => {
    drumhead(context, out, when, {
      from: frequency * 1.7, to: frequency, glide: 0.09, decay: 0.5, peak: 0.5,
    });
    noise(context, out, when, { type: "lowpass", frequency: 900, decay: 0.06, peak: 0.12 });
  };
}

const KIT = [
  function kick(context, out, when) {
    drumhead(context, out, when, { from: 160, to: 48, glide: 0.07, decay: 0.45, peak: 0.9 });
    noise(context, out, when, { type: "lowpass", frequency: 2400, decay: 0.02, peak: 0.2 });
  },
  function snare(context, out, when) {
    drumhead(context, out, when, { from: 260, to: 180, glide: 0.05, decay: 0.18, peak: 0.4 });
    noise(context, out, when, { type: "highpass", frequency: 1400, decay: 0.24, peak: 0.45 });
  },
  function closedHat(context, out, when) {
    metal(context, out, when, { decay: 0.08, peak: 0.08 });
    noise(context, out, when, { type: "highpass", frequency: 7500, decay: 0.07, peak: 0.24 });
  },
  function openHat(context, out, when) {
    metal(context, out, when, { decay: 0.45, peak: 0.07 });
    noise(context, out, when, { type: "highpass", frequency: 7000, decay: 0.42, peak: 0.2 });
  },
  tom(88),
  tom(124),
  tom(172),
  function crash(context, out, when) {
    metal(context, out, when, { decay: 0.9, peak: 0.045, lowest: 3500 });
    noise(context, out, when, { type: "highpass", frequency: 3800, decay: 1.1, peak: 0.2 });
  },
  function ride(context, out, when) {
    metal(context, out, when, { decay: 0.7, peak: 0.09, lowest: 4200 });
    noise(context, out, when, { type: "bandpass", frequency: 6200, q: 2, decay: 0.5, peak: 0.2 });
  },
];

export function drum(context, out, kind, when) {
  KIT[kind](context, out, when);
}
