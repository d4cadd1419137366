// Atlas points as short strings: three characters a note, base 64. Twin of melonb/lab/notecode.py.
//
// A note is (start since the last note's start, length - 1, pitch - 36); a value from 0 to 62 is one
// character, any other is "_" and two characters of (value + 2048).

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const VALUES = new Map([...ALPHABET].map((sign, value) => [sign, value]));
const ESCAPE = 63;
const BIAS = 2048;
const LOWEST = 36;

export function decodeNotes(code) {
  const notes = [];
  let place = 0;
  let start = 0;
  const next = () => {
    const value = VALUES.get(code[place]);
    place += 1;
    if (value !== ESCAPE) return value;
    place += 2;
    return VALUES.get(code[place - 2]) * 64 + VALUES.get(code[place - 1]) - BIAS;
  };
  while (place < code.length) {
    start += next();
    const length = next() + 1;
    notes.push([start, length, next() + LOWEST]);
  }
  return notes;
}

// A point of an atlas as roll JSON: the atlas's frame with this point's notes in its tracks, and its chords.
export function decodePoint(frame, codes) {
  const tracks = frame.tracks.map((track, index) => ({ ...track, notes: decodeNotes(codes[index]) }));
  const chords = codes.length > tracks.length ? JSON.parse(codes[tracks.length]) : [];
  return { ...frame, tracks, chords };
}
