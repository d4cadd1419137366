// Which notes of one sheet are new against another, and which of the other's are gone.

function key([start, length, pitch], kind) {
  return kind === "drums" ? `${start}:${pitch}` : `${start}:${length}:${pitch}`;
}

// For each track: {added: Set of note indices, missing: notes of the reference}.
export function differences(sheet, reference) {
  return sheet.tracks.map((track, index) => {
    const other = reference.tracks[index] ?? { notes: [] };
    const theirs = new Set(other.notes.map((note) => key(note, track.kind)));
    const ours = new Set(track.notes.map((note) => key(note, track.kind)));
    const added = new Set();
    track.notes.forEach((note, place) => {
      if (!theirs.has(key(note, track.kind))) added.add(place);
    });
    return { added, missing: other.notes.filter((note) => !ours.has(key(note, track.kind))) };
  });
}

export function countDifferences(sheet, reference) {
  return differences(sheet, reference).reduce(
    (sum, { added, missing }) => ({
      added: sum.added + added.size, missing: sum.missing + missing.length,
    }),
    { added: 0, missing: 0 },
  );
}
