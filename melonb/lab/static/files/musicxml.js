// A sheet as MusicXML 4.0: one part a lane, chord names above the first, ties over bar lines.

import { barsOf } from "../music/sheet.js";
import { DRUMS, DRUM_PITCHES, STEPS_PER_BAR, STEPS_PER_BEAT } from "../music/theory.js";

const TYPES = {
  16: "whole", 12: "half.", 8: "half", 6: "quarter.", 4: "quarter", 3: "eighth.", 2: "eighth",
  1: "16th",
};
const STEPS = ["C", "C", "D", "E", "E", "F", "F", "G", "A", "A", "B", "B"];
const ALTERS = [0, 1, 0, -1, 0, 0, 1, 0, -1, 0, -1, 0];
// What MusicXML calls the qualities that melonb.music.harmony writes.
const KINDS = {
  "": "major", m: "minor", 7: "dominant", maj7: "major-seventh", m7: "minor-seventh", dim: "diminished",
  m7b5: "half-diminished", dim7: "diminished-seventh", aug: "augmented", sus4: "suspended-fourth",
  sus2: "suspended-second", mmaj7: "major-minor", 9: "dominant-ninth", maj9: "major-ninth", m9: "minor-ninth",
  6: "major-sixth", m6: "minor-sixth", 5: "power",
};
// Where each of the nine drums sits on a five-line staff.
const PLACES = ["F4", "C5", "G5", "G5", "A4", "D5", "E5", "A5", "F5"];

function escape(text) {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;");
}

// Cut [from, to) into written lengths: at bar lines first, then the longest that fits.
function written(from, to) {
  const pieces = [];
  let start = from;
  while (start < to) {
    const room = Math.min(to - start, STEPS_PER_BAR - (start % STEPS_PER_BAR));
    const length = Object.keys(TYPES).map(Number).filter((steps) => steps <= room).pop();
    pieces.push([start, length]);
    start += length;
  }
  return pieces;
}

function typeOf(length) {
  const type = TYPES[length];
  const dot = type.endsWith(".") ? "<dot/>" : "";
  return `<type>${type.replace(".", "")}</type>${dot}`;
}

function pitchOf(track, value) {
  if (track.kind === "drums") {
    const [step, octave] = PLACES[value];
    return `<unpitched><display-step>${step}</display-step><display-octave>${octave}</display-octave></unpitched>`;
  }
  const alter = ALTERS[value % 12] ? `<alter>${ALTERS[value % 12]}</alter>` : "";
  const octave = Math.floor(value / 12) - 1;
  return `<pitch><step>${STEPS[value % 12]}</step>${alter}<octave>${octave}</octave></pitch>`;
}

function noteOf(track, values, length, { tiedIn, tiedOut, part }) {
  const ties = (tiedIn ? '<tie type="stop"/>' : "") + (tiedOut ? '<tie type="start"/>' : "");
  const marks = ties ? `<notations>${ties.replaceAll("<tie ", "<tied ")}</notations>` : "";
  if (!values.length) return `<note><rest/><duration>${length}</duration>${typeOf(length)}</note>`;
  return values.map((value, index) => {
    const instrument = track.kind === "drums" ? `<instrument id="${part}-${value}"/>` : "";
    const head = track.kind === "drums" && [2, 3, 7, 8].includes(value) ? "<notehead>x</notehead>" : "";
    return `<note>${index ? "<chord/>" : ""}${pitchOf(track, value)}<duration>${length}</duration>${ties}` +
      `${instrument}${typeOf(length)}${head}${marks}</note>`;
  }).join("");
}

// Onsets grouped, silence between them filled: [[start, end, values]].
function spans(track, steps) {
  const onsets = new Map();
  for (const note of track.notes) {
    onsets.set(note[0], [...(onsets.get(note[0]) ?? []), note]);
  }
  const starts = [...onsets.keys()].sort((a, b) => a - b);
  const found = [];
  let now = 0;
  starts.forEach((start, index) => {
    if (start > now) found.push([now, start, []]);
    const notes = onsets.get(start);
    const longest = Math.max(...notes.map((note) => note[1]));
    const end = Math.min(start + longest, starts[index + 1] ?? steps, steps);
    found.push([start, end, notes.map((note) => note[2])]);
    now = end;
  });
  if (now < steps) found.push([now, steps, []]);
  return found;
}

function harmony(name) {
  const read = /^([A-G])([#♯b♭]?)(.*)$/.exec(name);
  if (!read) return "";
  const alter = read[2] ? `<root-alter>${/[#♯]/.test(read[2]) ? 1 : -1}</root-alter>` : "";
  const kind = KINDS[read[3]] ?? "other";
  return `<harmony><root><root-step>${read[1]}</root-step>${alter}</root>` +
    `<kind text="${escape(read[3])}">${kind}</kind></harmony>`;
}

function attributes(track) {
  const low = track.kind !== "drums" && track.notes.length && track.high < 60;
  const clef = track.kind === "drums" ? "<sign>percussion</sign>"
    : low ? "<sign>F</sign><line>4</line>" : "<sign>G</sign><line>2</line>";
  return `<attributes><divisions>${STEPS_PER_BEAT}</divisions><key><fifths>0</fifths></key>` +
    `<time><beats>4</beats><beat-type>4</beat-type></time><clef>${clef}</clef></attributes>`;
}

function tempo(qpm) {
  return `<direction placement="above"><direction-type><metronome><beat-unit>quarter</beat-unit>` +
    `<per-minute>${qpm}</per-minute></metronome></direction-type><sound tempo="${qpm}"/></direction>`;
}

// A chord that comes while a note or rest lasts is written after it, so many steps back.
function placed(text, back) {
  return back ? text.replace("</harmony>", `<offset>${-back}</offset></harmony>`) : text;
}

function part(sheet, track, index, id) {
  const bars = Array.from({ length: barsOf(sheet) }, () => []);
  if (index === 0) {
    for (const [start, , name] of sheet.chords) {
      bars[Math.floor(start / STEPS_PER_BAR)].push([start, 0, harmony(name), 0]);
    }
  }
  for (const [from, to, values] of spans(track, barsOf(sheet) * STEPS_PER_BAR)) {
    const pieces = written(from, to);
    pieces.forEach(([start, length], place) => {
      const tie = { tiedIn: place > 0, tiedOut: place < pieces.length - 1, part: id };
      const text = noteOf(track, values, length, tie);
      bars[Math.floor(start / STEPS_PER_BAR)].push([start, 1, text, length]);
    });
  }
  const measures = bars.map((events, bar) => {
    let now = bar * STEPS_PER_BAR;
    const body = events.sort((a, b) => a[0] - b[0] || a[1] - b[1]).map(([start, order, text, length]) => {
      if (!order) return placed(text, now - start);
      now = start + length;
      return text;
    }).join("");
    const head = bar ? "" : attributes(track) + (index ? "" : tempo(sheet.qpm));
    return `<measure number="${bar + 1}">${head}${body}</measure>`;
  });
  return `<part id="${id}">${measures.join("")}</part>`;
}

function listed(track, id) {
  const used = track.kind === "drums" ? [...new Set(track.notes.map((note) => note[2]))] : [];
  const names = used.map((drum) => `<score-instrument id="${id}-${drum}">` +
    `<instrument-name>${DRUMS[drum]}</instrument-name></score-instrument>`);
  const sounds = used.map((drum) => `<midi-instrument id="${id}-${drum}"><midi-channel>10</midi-channel>` +
    `<midi-unpitched>${DRUM_PITCHES[drum] + 1}</midi-unpitched></midi-instrument>`);
  return `<score-part id="${id}"><part-name>${escape(track.name)}</part-name>` +
    `${names.join("")}${sounds.join("")}</score-part>`;
}

export function writeMusicXml(sheet) {
  const ids = sheet.tracks.map((_, index) => `P${index + 1}`);
  const list = sheet.tracks.map((track, index) => listed(track, ids[index])).join("");
  const parts = sheet.tracks.map((track, index) => part(sheet, track, index, ids[index])).join("");
  return `<?xml version="1.0" encoding="UTF-8"?>\n<score-partwise version="4.0">` +
    `<part-list>${list}</part-list>${parts}</score-partwise>\n`;
}
