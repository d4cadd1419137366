// Standard MIDI files, read in the page: raw notes of every track. What cannot be read says why and what
// to do about it. (files/quantise.js puts the notes on the grid.)

class Reader {
  constructor(bytes, place = 0, end = bytes.length) {
    this.bytes = bytes;
    this.place = place;
    this.end = end;
  }

  byte() {
    if (this.place >= this.end) throw new Error("The file ends too early; export it again.");
    this.place += 1;
    return this.bytes[this.place - 1];
  }

  number(size) {
    let value = 0;
    for (let index = 0; index < size; index += 1) value = value * 256 + this.byte();
    return value;
  }

  variable() {
    let value = 0;
    for (let index = 0; index < 4; index += 1) {
      const byte = this.byte();
      value = (value << 7) | (byte & 127);
      if (byte < 128) break;
    }
    return value;
  }

  text(size) {
    const bytes = this.bytes.slice(this.place, this.place + size);
    this.place += size;
    return new TextDecoder().decode(bytes);
  }
}

function readHeader(reader) {
  if (reader.bytes.length < 14 || reader.text(4) !== "MThd") {
    throw new Error("This is not a MIDI file; export your tune as .mid.");
  }
  const size = reader.number(4);
  const [format, , division] = [reader.number(2), reader.number(2), reader.number(2)];
  reader.place = 8 + size;
  if (format > 1) throw new Error("A type 2 file holds separate pieces; export it as type 0 or 1.");
  if (division >= 0x8000 || division === 0) {
    throw new Error("The file counts time in film frames; export it with ticks per beat.");
  }
  return division;
}

function meta(reader, song, track) {
  const kind = reader.byte();
  const size = reader.variable();
  const start = reader.place;
  if (kind === 0x03) track.name = reader.text(size).trim();
  if (kind === 0x51 && size === 3 && !song.qpm) song.qpm = 60e6 / Math.max(1, reader.number(3));
  if (kind === 0x58 && size >= 2) song.metres.add(`${reader.byte()}/${2 ** reader.byte()}`);
  reader.place = start + size;
  return kind === 0x2f;
}

function voice(track, channel) {
  if (!track.voices.has(channel)) track.voices.set(channel, { program: 0, notes: [], open: new Map() });
  return track.voices.get(channel);
}

function message(reader, status, now, track) {
  const [kind, channel] = [status >> 4, status & 15];
  const first = reader.byte();
  const second = kind === 0xc || kind === 0xd ? 0 : reader.byte();
  if (kind === 0xc) voice(track, channel).program = first;
  if (kind !== 0x8 && kind !== 0x9) return;
  const { notes, open } = voice(track, channel);
  if (open.has(first)) {
    const [start, index] = open.get(first);
    notes[index] = [start, now, first];
    open.delete(first);
  }
  if (kind === 0x9 && second > 0) {
    open.set(first, [now, notes.length]);
    notes.push([now, now, first]);
  }
}

function readTrack(reader, song) {
  const track = { name: "", voices: new Map() };
  let now = 0;
  let running = 0;
  while (reader.place < reader.end) {
    now += reader.variable();
    let status = reader.byte();
    if (status < 0x80) {
      if (!running) throw new Error("The file is damaged; export it again.");
      reader.place -= 1;
      status = running;
    }
    if (status === 0xff) {
      if (meta(reader, song, track)) break;
    } else if (status >= 0xf0) reader.place += reader.variable();
    else {
      running = status;
      message(reader, status, now, track);
    }
  }
  // A note that is never let go lasts until the track ends.
  for (const { notes, open } of track.voices.values()) {
    for (const [start, index] of open.values()) notes[index][1] = Math.max(now, start);
  }
  return track;
}

// {ticksPerBeat, qpm, metres, voices: [{name, channel, program, notes: [[start, end, pitch]]}]}
export function readMidi(bytes) {
  const reader = new Reader(bytes);
  const ticksPerBeat = readHeader(reader);
  const song = { ticksPerBeat, qpm: 0, metres: new Set(), voices: [] };
  while (reader.place + 8 <= bytes.length) {
    const name = reader.text(4);
    const size = reader.number(4);
    const end = Math.min(reader.place + size, bytes.length);
    if (name === "MTrk") {
      const track = readTrack(new Reader(bytes, reader.place, end), song);
      for (const [channel, { program, notes }] of track.voices) {
        if (notes.length) song.voices.push({ name: track.name, channel, program, notes });
      }
    }
    reader.place = end;
  }
  if (!song.voices.length) throw new Error("There are no notes in this file.");
  return song;
}
