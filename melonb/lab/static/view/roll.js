// Drawing a sheet: systems of bars under each other, in each system one band for each lane.

import { barsOf } from "../music/sheet.js";
import { noteText } from "../music/describe.js";
import { DRUMS, STEPS_PER_BAR, STEPS_PER_BEAT, noteName, placeName } from "../music/theory.js";
import { svg } from "./dom.js";

const GUTTER = 58;
const NARROW_GUTTER = 48;
const NARROW = 480;
const LEAST_STEP_WIDTH = 2.1;
const RULER = 16;
const GAP = 8;
const PITCH_ROW = 7;
const DRUM_ROW = 11;
const FEWEST_ROWS = 13;
const CHORD_LETTER = 10;
const BLACK_KEYS = new Set([1, 3, 6, 8, 10]);

function bandOf(track) {
  if (track.kind === "drums") {
    return { track, rows: DRUMS.length, row: DRUM_ROW, top: DRUMS.length - 1 };
  }
  const spare = Math.max(0, FEWEST_ROWS - (track.high - track.low + 3));
  const low = track.low - 1 - Math.floor(spare / 2);
  const high = track.high + 1 + Math.ceil(spare / 2);
  return { track, rows: high - low + 1, row: PITCH_ROW, top: high };
}

// Where everything goes for a sheet drawn `width` pixels wide.
export function layoutOf(sheet, width) {
  const gutter = width < NARROW ? NARROW_GUTTER : GUTTER;
  const bars = barsOf(sheet);
  let perSystem = bars;
  while (perSystem > 1 && (width - gutter - 2) / (perSystem * STEPS_PER_BAR) < LEAST_STEP_WIDTH) {
    perSystem = Math.ceil(perSystem / 2);
  }
  const stepWidth = (width - gutter - 2) / (perSystem * STEPS_PER_BAR);
  const bands = sheet.tracks.map(bandOf);
  let y = RULER + (sheet.chords.length ? RULER : 0);
  for (const band of bands) {
    band.y = y;
    band.height = band.rows * band.row;
    y += band.height + GAP;
  }
  const systems = Math.ceil(bars / perSystem);
  return {
    width, gutter, perSystem, stepWidth, bands, systems, bars, systemHeight: y,
    height: systems * y - GAP + 2,
  };
}

export function stepAt(layout, x, y) {
  const system = Math.min(layout.systems - 1, Math.max(0, Math.floor(y / layout.systemHeight)));
  const inside = Math.max(0, (x - layout.gutter) / layout.stepWidth);
  return system * layout.perSystem * STEPS_PER_BAR + inside;
}

export function pointAt(layout, step) {
  const perSystem = layout.perSystem * STEPS_PER_BAR;
  const system = Math.min(layout.systems - 1, Math.floor(step / perSystem));
  return {
    x: layout.gutter + (step - system * perSystem) * layout.stepWidth,
    y: system * layout.systemHeight,
  };
}

function rowsOf(band, layout, width) {
  const rows = [];
  for (let row = 0; row < band.rows; row += 1) {
    const value = band.top - row;
    const y = band.y + row * band.row;
    const drums = band.track.kind === "drums";
    const shaded = drums ? row % 2 === 1 : BLACK_KEYS.has(((value % 12) + 12) % 12);
    if (shaded) {
      rows.push(svg("rect", { class: "shade", x: layout.gutter, y, width, height: band.row }));
    }
    const narrow = layout.gutter === NARROW_GUTTER;
    const label = drums ? DRUMS[value] : value % 12 === 0 ? noteName(value) : null;
    if (label) {
      const text = narrow ? label.replace("closed", "cl.").replace("open", "op.").replace("high", "hi") : label;
      rows.push(svg("text", { x: layout.gutter - 4, y: y + band.row / 2 + 3, class: "row-name" }, text));
    }
  }
  return rows;
}

function gridOf(layout, system, bars) {
  const lines = [];
  const bottom = layout.systemHeight - GAP;
  for (let beat = 0; beat <= bars * 4; beat += 1) {
    const x = layout.gutter + beat * STEPS_PER_BEAT * layout.stepWidth;
    const bar = beat % 4 === 0;
    lines.push(svg("line", { class: bar ? "bar-line" : "beat-line", x1: x, x2: x, y1: RULER - 2, y2: bottom }));
    if (bar && beat < bars * 4) {
      const number = system * layout.perSystem + beat / 4 + 1;
      lines.push(svg("text", { class: "bar-number", x: x + 3, y: RULER - 5 }, `${number}`));
    }
  }
  return lines;
}

function noteShape(band, note, from, layout, kind) {
  const [start, length, value] = note;
  const drums = band.track.kind === "drums";
  const x = layout.gutter + (start - from) * layout.stepWidth;
  const y = band.y + (band.top - value) * band.row;
  const width = drums ? Math.max(layout.stepWidth, 3) : Math.max(length * layout.stepWidth, 3);
  const inset = drums ? 1.5 : 0.5;
  return svg("rect", {
    class: `note ${kind}`, x: x + 0.5, y: y + inset, width: width - 1, height: band.row - 2 * inset,
    rx: drums ? 4 : 2, "data-start": start, "data-length": length, "data-value": value,
    "data-text": `${noteText(band.track, note)}, ${placeName(start)}`,
  });
}

function notesOf(band, layout, from, until, marks) {
  const inside = (note) => note[0] >= from && note[0] < until;
  const voice = `lane-${band.track.kind === "drums" ? "drums" : band.index}`;
  const ghosts = (marks?.missing ?? []).filter(inside)
    .map((note) => noteShape(band, note, from, layout, "missing"));
  const notes = band.track.notes.map((note, place) => {
    const added = marks?.added.has(place) ? " added" : "";
    return inside(note) ? noteShape(band, note, from, layout, `${voice}${added}`) : null;
  });
  return [...ghosts, ...notes.filter(Boolean)];
}

// A name that would run into the one before it is left out; the tune's description names every chord.
function chordsOf(sheet, layout, from, until) {
  let free = 0;
  return sheet.chords.filter(([start]) => start >= from && start < until).flatMap(([start, , name]) => {
    const x = layout.gutter + (start - from) * layout.stepWidth + 3;
    if (x < free) return [];
    free = x + (name.length + 0.5) * CHORD_LETTER;
    return [svg("text", { class: "chord-name", x, y: 2 * RULER - 4 }, name)];
  });
}

// `spans` are bars to tint: [[first step, stop step]]; `marks` as music/difference.js gives them.
export function drawRoll(sheet, layout, { marks = null, spans = [] } = {}) {
  const root = svg("svg", {
    viewBox: `0 0 ${layout.width} ${layout.height}`, width: layout.width, height: layout.height,
    "aria-hidden": "true", focusable: "false",
  });
  layout.bands.forEach((band, index) => { band.index = index; });
  for (let system = 0; system < layout.systems; system += 1) {
    const bars = Math.min(layout.perSystem, layout.bars - system * layout.perSystem);
    const from = system * layout.perSystem * STEPS_PER_BAR;
    const until = from + bars * STEPS_PER_BAR;
    const width = bars * STEPS_PER_BAR * layout.stepWidth;
    const group = svg("g", { transform: `translate(0 ${system * layout.systemHeight})` });
    for (const band of layout.bands) {
      group.append(...rowsOf(band, layout, width));
    }
    for (const [start, stop] of spans) {
      const [left, right] = [Math.max(start, from), Math.min(stop, until)];
      if (left >= right) continue;
      group.append(svg("rect", {
        class: "span", x: layout.gutter + (left - from) * layout.stepWidth, y: RULER - 2,
        width: (right - left) * layout.stepWidth, height: layout.systemHeight - GAP - RULER + 2,
      }));
    }
    group.append(...gridOf(layout, system, bars), ...chordsOf(sheet, layout, from, until));
    layout.bands.forEach((band, index) => {
      group.append(...notesOf(band, layout, from, until, marks?.[index]));
    });
    root.append(group);
  }
  root.append(svg("line", { class: "cursor", y1: RULER - 2, y2: layout.systemHeight - GAP }));
  return root;
}

export function moveCursor(root, layout, step) {
  const { x, y } = pointAt(layout, step);
  root.querySelector(".cursor").setAttribute("transform", `translate(${x} ${y})`);
}
