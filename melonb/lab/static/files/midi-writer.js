// A sheet as a standard MIDI file, format 1: a track for tempo and chord names, one for each lane, one for
// the chords' notes. As in melonb.music.midi_out a second 4/4 marks the end, which keeps silence there.

import { DRUM_PITCHES, STEPS_PER_BEAT, chordPitches } from "../music/theory.js";

const TICKS_PER_BEAT = 480;
const TICKS_PER_STEP = TICKS_PER_BEAT / STEPS_PER_BEAT;
const DRUM_CHANNEL = 9;
const VELOCITY = 80;
const DRUM_VELOCITY = 100;
const CHORD_VELOCITY = 55;
const METRE = [0xff, 0x58, 4, 4, 2, 24, 8];

function variableLength(value) {
  const bytes = [value & 0x7f];
  for (let rest = value >> 7; rest > 0; rest >>= 7) bytes.unshift((rest & 0x7f) | 0x80);
  return bytes;
}

function chunk(name, body) {
  const size = body.length;
  return [
    ...[...name].map((sign) => sign.charCodeAt(0)),
    (size >>> 24) & 255, (size >>> 16) & 255, (size >>> 8) & 255, size & 255, ...body,
  ];
}

function textEvent(kind, text) {
  const bytes = [...new TextEncoder().encode(text)];
  return [0xff, kind, ...variableLength(bytes.length), ...bytes];
}

// Events are [tick, order, bytes]; order puts a note's end before the next one's start.
function track(events) {
  const sorted = [...events].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const body = [];
  let now = 0;
  for (const [tick, , bytes] of sorted) {
    body.push(...variableLength(tick - now), ...bytes);
    now = tick;
  }
  body.push(0, 0xff, 0x2f, 0);
  return chunk("MTrk", body);
}

function conductor(sheet) {
  const microseconds = Math.round(60e6 / sheet.qpm);
  const events = [
    [0, 0, [0xff, 0x51, 3, (microseconds >> 16) & 255, (microseconds >> 8) & 255, microseconds & 255]],
    [0, 0, METRE],
    [sheet.steps * TICKS_PER_STEP, 2, METRE],
    ...sheet.chords.map(([start, , name]) => [start * TICKS_PER_STEP, 1, textEvent(1, name)]),
  ];
  return track(events);
}

function chordLane(chords) {
  const notes = chords.flatMap(([start, length, name, classes]) =>
    chordPitches({ name, classes }).map((pitch) => [start, length, pitch]));
  return { name: "chords", kind: "pitch", program: 0, velocity: CHORD_VELOCITY, notes };
}

function lane(part, channel) {
  const drums = part.kind === "drums";
  const events = [[0, 0, textEvent(3, part.name)]];
  if (!drums) events.push([0, 0, [0xc0 | channel, part.program]]);
  for (const [start, length, value] of part.notes) {
    const pitch = drums ? DRUM_PITCHES[value] : value;
    const velocity = drums ? DRUM_VELOCITY : part.velocity ?? VELOCITY;
    events.push([start * TICKS_PER_STEP, 2, [0x90 | channel, pitch, velocity]]);
    events.push([(start + length) * TICKS_PER_STEP, 1, [0x80 | channel, pitch, 0]]);
  }
  return track(events);
}

export function writeMidi(sheet) {
  const parts = sheet.chords.length ? [...sheet.tracks, chordLane(sheet.chords)] : sheet.tracks;
  const lanes = parts.map((part, index) =>
    lane(part, part.kind === "drums" ? DRUM_CHANNEL : index < DRUM_CHANNEL ? index : index + 1),
  );
  const header = chunk("MThd", [
    0, 1, 0, lanes.length + 1, TICKS_PER_BEAT >> 8, TICKS_PER_BEAT & 255,
  ]);
  return new Uint8Array([...header, ...conductor(sheet), ...lanes.flat()]);
}
