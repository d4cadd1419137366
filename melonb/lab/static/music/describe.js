// What a screen reader says of a sheet: first the gist, then bar by bar.

import { barsOf } from "./sheet.js";
import { DRUMS, STEPS_PER_BAR, lengthName, noteName } from "./theory.js";

function plural(count, word) {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}

function gistOf(track) {
  const name = track.name.charAt(0).toUpperCase() + track.name.slice(1);
  if (!track.notes.length) return `${name}: silent`;
  if (track.kind === "drums") {
    const used = [...new Set(track.notes.map((note) => note[2]))].sort((a, b) => a - b);
    return `${name}: ${plural(track.notes.length, "hit")} on ${used.map((drum) => DRUMS[drum]).join(", ")}`;
  }
  const pitches = track.notes.map((note) => note[2]);
  const [low, high] = [Math.min(...pitches), Math.max(...pitches)];
  return `${name}: ${plural(track.notes.length, "note")} between ${noteName(low)} and ${noteName(high)}`;
}

export function gist(sheet) {
  return `${plural(barsOf(sheet), "bar")}. ${sheet.tracks.map(gistOf).join(". ")}.`;
}

export function noteText(track, [start, length, pitch]) {
  return track.kind === "drums" ? DRUMS[pitch] : `${noteName(pitch)}, ${lengthName(length)}`;
}

function barText(track, bar) {
  const inside = track.notes.filter((note) => Math.floor(note[0] / STEPS_PER_BAR) === bar);
  if (!inside.length) return null;
  if (track.kind !== "drums") return inside.map((note) => noteText(track, note)).join("; ");
  const hits = DRUMS.map((name, drum) => [name, inside.filter((note) => note[2] === drum).length]);
  return hits.filter(([, count]) => count).map(([name, count]) => `${name} ${count}`).join(", ");
}

// [[bar number, [text a track]]], for the list under a roll.
export function barByBar(sheet) {
  const bars = [];
  for (let bar = 0; bar < barsOf(sheet); bar += 1) {
    const texts = sheet.tracks
      .map((track) => [track.name, barText(track, bar)])
      .filter(([, text]) => text)
      .map(([name, text]) => (sheet.tracks.length > 1 ? `${name}: ${text}` : text));
    const chords = sheet.chords
      .filter((chord) => Math.floor(chord[0] / STEPS_PER_BAR) === bar)
      .map((chord) => chord[2]);
    if (chords.length) texts.push(`chords: ${chords.join(", ")}`);
    bars.push([bar + 1, texts.length ? texts : ["rest"]]);
  }
  return bars;
}
