// Bars out of a roll: notes that reach over the cut are shortened, what began before it is left out.

import { STEPS_PER_BAR } from "./theory.js";

export function cutBars(roll, first, stop) {
  const [from, to] = [first * STEPS_PER_BAR, Math.min(stop * STEPS_PER_BAR, roll.steps)];
  const cut = ([start, length, ...rest]) => [start - from, Math.min(length, to - start), ...rest];
  const inside = ([start]) => start >= from && start < to;
  return {
    ...roll, steps: to - from, chords: (roll.chords ?? []).filter(inside).map(cut),
    tracks: roll.tracks.map((track) => ({ ...track, notes: track.notes.filter(inside).map(cut) })),
  };
}
