// A sheet is the roll JSON made regular: every field present, notes sorted, lanes with a range.

import { STEPS_PER_BAR } from "./theory.js";

export const CHORDS = "chords";

function lane(track) {
  const notes = [...(track.notes ?? [])].sort((a, b) => a[0] - b[0] || a[2] - b[2]);
  const pitches = notes.map((note) => note[2]);
  const low = track.low ?? (pitches.length ? Math.min(...pitches) : 60);
  const high = track.high ?? (pitches.length ? Math.max(...pitches) : 72);
  return {
    name: track.name, kind: track.kind ?? "pitch", program: track.program ?? 0, notes,
    low, high,
  };
}

// The register that a lane is heard in decides its voice; General MIDI 32..39 are the basses.
export function voiceOf(track) {
  if (track.kind === "drums") return "drums";
  return track.program >= 32 && track.program < 40 ? "bass" : "keys";
}

export function toSheet(json) {
  const tracks = (json.tracks ?? []).map(lane);
  const chords = json.chords ?? [];
  return { steps: json.steps, qpm: json.qpm ?? 120, tracks, chords };
}

export function barsOf(sheet) {
  return Math.ceil(sheet.steps / STEPS_PER_BAR);
}

// Everything that sounds, in order: {step, length, pitch, voice, track}.
export function soundsOf(sheet) {
  const sounds = [];
  for (const track of sheet.tracks) {
    const voice = voiceOf(track);
    for (const [step, length, pitch] of track.notes) {
      sounds.push({ step, length, pitch, voice, track: track.name });
    }
  }
  for (const [step, length, name, classes] of sheet.chords) {
    sounds.push({ step, length, chord: { name, classes }, voice: CHORDS, track: CHORDS });
  }
  return sounds.sort((a, b) => a.step - b.step);
}

export function lanesToMute(sheet) {
  const names = sheet.tracks.map((track) => track.name);
  return sheet.chords.length ? [...names, CHORDS] : names;
}

// Sheets whose lanes share a range, so that one pitch lies at one height in all of them.
export function levelled(sheets) {
  return sheets.map((sheet) => ({
    ...sheet,
    tracks: sheet.tracks.map((track, index) => {
      const peers = sheets.map((one) => one.tracks[index]).filter((one) => one?.notes.length);
      const all = peers.length ? peers : [track];
      const low = Math.min(...all.map((one) => one.low));
      return { ...track, low, high: Math.max(...all.map((one) => one.high)) };
    }),
  }));
}

// One sheet after another, as a form asks for them.
export function joinSheets(sheets) {
  const tracks = sheets[0].tracks.map((track) => ({ ...track, notes: [] }));
  const chords = [];
  let offset = 0;
  for (const sheet of sheets) {
    sheet.tracks.forEach((track, index) => {
      tracks[index].notes.push(...track.notes.map(([start, ...rest]) => [start + offset, ...rest]));
      tracks[index].low = Math.min(tracks[index].low, track.low);
      tracks[index].high = Math.max(tracks[index].high, track.high);
    });
    chords.push(...sheet.chords.map(([start, ...rest]) => [start + offset, ...rest]));
    offset += sheet.steps;
  }
  return { steps: offset, qpm: sheets[0].qpm, tracks, chords };
}
