// One trial of a listening test: pieces to hear (their notes are shown only where the test says so), scales
// to answer on.

import { decodePoint } from "../music/notecode.js";
import { toSheet } from "../music/sheet.js";
import { Transport } from "../sound/transport.js";
import { playButton } from "./controls.js";
import { freshId, html } from "./dom.js";
import { Player } from "./player.js";

// A piece to hear: a play button and a bar that fills. Calls `reached` when enough has been heard.
function blindPlayer({ frame, point }, name, { heard, drawn }, reached) {
  const transport = new Transport();
  const roll = decodePoint(frame, point);
  const sheet = toSheet(roll);
  transport.qpm = sheet.qpm;
  transport.load(sheet);
  transport.seek = () => {};  // a place is reached by hearing what comes before it
  const bar = html("progress", { max: `${sheet.steps}`, value: "0", "aria-label": `Place in ${name}` });
  let furthest = 0;
  transport.addEventListener("move", () => {
    if (transport.playing && !bar.isConnected) transport.pause();
    bar.value = transport.position;
    furthest = Math.max(furthest, transport.position / sheet.steps);
    if (furthest >= heard) reached();
  });
  if (heard <= 0) queueMicrotask(reached);
  const row = html("div", { class: "controls blind" }, playButton(transport, name), html("span", {}, name), bar);
  return drawn ? html("div", {}, row, new Player(roll, { label: name, transport, controlled: false }).node) : row;
}

// A Likert scale of radio buttons; `values` are what its points stand for.
function scale(question, values, ends, changed) {
  const name = freshId("scale");
  const points = values.map((value, index) => {
    const end = { 0: ends[0], [values.length - 1]: ends[1] }[index];
    const said = end ?? `${index + 1} of ${values.length}`;
    return html("label", { class: "point" },
      html("input", { type: "radio", name, value, "aria-label": said, onchange: changed }));
  });
  const node = html("fieldset", { class: "scale", disabled: true }, html("legend", {}, question),
    html("span", {}, ends[0]), ...points, html("span", {}, ends[1]));
  return { node, value: () => node.querySelector("input:checked")?.value };
}

function letters(count) {
  return count === 1 ? ["The piece"] : Array.from({ length: count }, (_, index) => `Piece ${"ABCDEFGH"[index]}`);
}

function scalesOf(data, names, changed) {
  const { aspects, points, question, design } = data;
  if (design === "pairs") {
    const reach = (points - 1) / 2;
    const values = Array.from({ length: points }, (_, index) => index - reach);
    const ends = [`${names[0]} clearly`, `${names[1]} clearly`];
    const asked = (aspect) => (aspects.length > 1 ? `${question} (${aspect})` : question);
    return [aspects.map((aspect) => scale(asked(aspect), values, ends, changed))];
  }
  const values = Array.from({ length: points }, (_, index) => index + 1);
  return names.map((name) => aspects.map((aspect) => {
    const asked = names.length > 1 || aspects.length > 1 ? `${name}: ${aspect}` : question;
    return scale(asked, values, data.ends, changed);
  }));
}

// Ratings as the store keeps them: for each piece one number an aspect; in a pair the second piece's is
// the preference and the first one's its negative.
function ratingsOf(design, scales) {
  const said = scales.map((row) => row.map((one) => Number(one.value())));
  return design === "pairs" ? [said[0].map((value) => 0 - value), said[0]] : said;
}

export function trialForm(data, pieces, answered) {
  const names = letters(pieces.length);
  const next = html("button", {
    type: "button", class: "primary", disabled: true,
    onclick: () => answered(ratingsOf(data.design, scales)),
  }, "Next");
  const check = () => { next.disabled = scales.flat().some((one) => one.value() === undefined); };
  const scales = scalesOf(data, names, check);
  const unheard = new Set(names);
  const hint = html("p", { class: "status" }, "Listen first; then you can answer.");
  const reached = (name) => {
    unheard.delete(name);
    if (unheard.size) return;
    hint.textContent = "";
    for (const one of scales.flat()) one.node.disabled = false;
  };
  const players = pieces.map((piece, index) =>
    blindPlayer(piece, names[index], data, () => reached(names[index])));
  const rows = players.flatMap((player, index) =>
    [player, ...(data.design === "groups" ? scales[index].map((one) => one.node) : [])]);
  const after = data.design === "groups" ? [] : scales.flat().map((one) => one.node);
  return html("div", {},
    data.design === "groups" ? html("p", {}, data.question) : null,
    ...rows, hint, ...after, html("div", { class: "controls" }, next));
}
