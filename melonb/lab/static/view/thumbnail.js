// A roll small enough for a button: one path a lane, no words.

import { svg } from "./dom.js";

const WIDTH = 96;
const HEIGHT = 34;

export function thumbnail(sheet) {
  const band = HEIGHT / sheet.tracks.length;
  const paths = sheet.tracks.map((track, lane) => {
    const [low, high] = track.kind === "drums" ? [0, 8] : [track.low, track.high];
    const row = (band - 4) / (high - low + 1);
    const strokes = track.notes.map(([start, length, value]) => {
      const x = (start / sheet.steps) * WIDTH;
      const y = lane * band + 2 + (high - value + 0.5) * row;
      const width = Math.max(1, (length / sheet.steps) * WIDTH - 0.5);
      return `M${x.toFixed(1)} ${y.toFixed(1)}h${width.toFixed(1)}`;
    });
    const lanes = track.kind === "drums" ? "lane-drums" : `lane-${lane}`;
    const thickness = Math.max(1.8, Math.min(2.4, row));
    return svg("path", { d: strokes.join(""), class: `thumb ${lanes}`, "stroke-width": thickness });
  });
  return svg("svg", {
    class: "thumbnail", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none",
    "aria-hidden": "true", focusable: "false",
  }, ...paths);
}
