// The voices of a MIDI file on the grid of sixteenths, with a count of what was lost on the way.

import { STEPS_PER_BAR, STEPS_PER_BEAT } from "../music/theory.js";

const DRUM_CHANNEL = 9;
const MOST_NOTES = 20000;
// Which of the nine drums a General MIDI pitch is; the twin of melonb.music.percussion.
const DRUM_OF = {
  kick: [36, 35], snare: [38, 27, 28, 31, 32, 33, 34, 37, 39, 40, 56, 65, 66, 75, 85],
  closed: [42, 22, 44, 54, 68, 69, 70, 71, 73, 78, 80], open: [46, 67, 72, 74, 79, 81, 26],
  low: [45, 29, 41, 43, 61, 64, 84], mid: [48, 47, 60, 63, 77, 86, 87], high: [50, 30, 62, 76, 83],
  crash: [49, 52, 55, 57, 58], ride: [51, 53, 59, 82],
};

export function drumOf(pitch) {
  return Object.values(DRUM_OF).findIndex((pitches) => pitches.includes(pitch));
}

function snapped(voice, ticksPerBeat) {
  const step = (tick) => Math.floor((tick * STEPS_PER_BEAT) / ticksPerBeat + 0.5);
  let moved = 0;
  const notes = voice.notes.map(([start, end, pitch]) => {
    const from = step(start);
    if (from * ticksPerBeat !== start * STEPS_PER_BEAT) moved += 1;
    return [from, Math.max(1, step(end) - from), pitch];
  });
  return { notes, moved };
}

// Of notes that start together the highest stays (the lowest in a bass); each ends where the next begins.
function oneVoice(notes, lowest) {
  const best = new Map();
  for (const note of notes) {
    const other = best.get(note[0]);
    if (!other || (lowest ? note[2] < other[2] : note[2] > other[2])) best.set(note[0], note);
  }
  const kept = [...best.values()].sort((a, b) => a[0] - b[0]);
  return kept.map(([start, length, pitch], index) => {
    const next = kept[index + 1]?.[0] ?? Infinity;
    return [start, Math.min(length, next - start), pitch];
  });
}

function drumHits(notes) {
  const hits = new Map();
  for (const [start, , pitch] of notes) {
    const drum = drumOf(pitch);
    if (drum >= 0) hits.set(`${start}:${drum}`, [start, 1, drum]);
  }
  return [...hits.values()].sort((a, b) => a[0] - b[0]);
}

function lossText(total, kept, moved) {
  const lost = total - kept;
  const parts = [`${kept} of ${total} notes kept`];
  if (lost) parts.push(`${lost} merged or left to another voice`);
  if (moved) parts.push(`${moved} moved to the nearest sixteenth`);
  return parts.join(", ");
}

// [{name, roll, loss}], one for each voice; every roll has the song's whole length.
export function partsOf(song) {
  const metres = [...song.metres].filter((metre) => !["4/4", "2/2"].includes(metre));
  if (metres.length) throw new Error(`The tune is in ${metres.join(", ")}; the models know 4/4 only.`);
  const total = song.voices.reduce((sum, voice) => sum + voice.notes.length, 0);
  if (total > MOST_NOTES) throw new Error(`${total} notes are more than a page can draw; cut a part out.`);
  const parts = song.voices.map((voice, number) => {
    const drums = voice.channel === DRUM_CHANNEL;
    const bass = voice.program >= 32 && voice.program < 40;
    const { notes, moved } = snapped(voice, song.ticksPerBeat);
    const kept = drums ? drumHits(notes) : oneVoice(notes, bass);
    const kind = drums ? "drums" : bass ? "bass" : "melody";
    return {
      name: voice.name || `${kind} ${number + 1}`, loss: lossText(notes.length, kept.length, moved),
      track: { name: kind, kind: drums ? "drums" : "pitch", program: voice.program, notes: kept },
    };
  });
  const last = Math.max(...parts.flatMap(({ track }) => track.notes.map(([start, length]) => start + length)));
  const steps = Math.ceil(last / STEPS_PER_BAR) * STEPS_PER_BAR;
  const qpm = Math.min(240, Math.max(40, Math.round(song.qpm || 120)));
  return parts.map(({ name, loss, track }) => ({
    name, loss, roll: { steps, qpm, tracks: [track], chords: [] },
  }));
}
