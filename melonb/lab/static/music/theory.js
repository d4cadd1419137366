// What names and numbers mean: pitches, chords, the nine drums, the sixteenth grid.

export const STEPS_PER_BEAT = 4;
export const STEPS_PER_BAR = 16;

const PITCH_NAMES = ["C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B"];
const LENGTHS = {
  1: "a sixteenth", 2: "an eighth", 3: "a dotted eighth", 4: "a quarter", 6: "a dotted quarter",
  8: "a half", 12: "a dotted half", 16: "a whole note",
};

export const DRUMS = [
  "kick", "snare", "closed hat", "open hat", "low tom", "mid tom", "high tom", "crash", "ride",
];
export const DRUM_PITCHES = [36, 38, 42, 46, 45, 48, 50, 49, 51];

export function noteName(pitch) {
  return PITCH_NAMES[pitch % 12] + (Math.floor(pitch / 12) - 1);
}

export function lengthName(steps) {
  return LENGTHS[steps] ?? `${steps} sixteenths`;
}

export function frequencyOf(pitch) {
  return 440 * 2 ** ((pitch - 69) / 12);
}

// "bar 2, beat 3" for a step; the sixteenth is told only where it is not the first.
export function placeName(step) {
  const bar = Math.floor(step / STEPS_PER_BAR) + 1;
  const beat = Math.floor((step % STEPS_PER_BAR) / STEPS_PER_BEAT) + 1;
  const sixteenth = Math.floor(step % STEPS_PER_BEAT) + 1;
  return `bar ${bar}, beat ${beat}${sixteenth > 1 ? `, sixteenth ${sixteenth}` : ""}`;
}

const ROOTS = { C: 0, D: 2, E: 4, F: 5, G: 7, A: 9, B: 11 };
const QUALITIES = [
  [/^(maj7|M7|Δ)/, [0, 4, 7, 11]], [/^(m7b5|ø)/, [0, 3, 6, 10]], [/^(dim7|o7)/, [0, 3, 6, 9]],
  [/^(m7|min7|-7)/, [0, 3, 7, 10]], [/^(dim|o)/, [0, 3, 6]], [/^(m6)/, [0, 3, 7, 9]],
  [/^(m|min|-)(?!aj)/, [0, 3, 7]], [/^(aug|\+)/, [0, 4, 8]], [/^sus2/, [0, 2, 7]],
  [/^sus4?/, [0, 5, 7]], [/^(7|9|13)/, [0, 4, 7, 10]], [/^6/, [0, 4, 7, 9]], [/^/, [0, 4, 7]],
];

// The pitches (around middle C) that a chord asks for: its pitch classes where they came along, else what
// its symbol says; none for "N.C." and the unknown.
export function chordPitches({ name, classes }) {
  if (classes) return classes.map((tone) => 48 + tone);
  const read = /^([A-G])([#♯b♭]*)(.*)$/.exec(name);
  if (!read) return [];
  const shift = [...read[2]].reduce((sum, sign) => sum + (/[#♯]/.test(sign) ? 1 : -1), 0);
  const root = (((ROOTS[read[1]] + shift) % 12) + 12) % 12;
  const tones = QUALITIES.find(([pattern]) => pattern.test(read[3]))[1];
  return tones.map((tone) => 48 + ((root + tone) % 12));
}
