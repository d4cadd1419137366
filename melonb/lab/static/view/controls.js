// The row of controls under a roll: play, loop, tempo, mutes, save.

import { fileName, save } from "../files/save.js";
import { writeMidi } from "../files/midi-writer.js";
import { writeMusicXml } from "../files/musicxml.js";
import { writeWav } from "../files/wav.js";
import { lanesToMute } from "../music/sheet.js";
import { renderSheet } from "../sound/render.js";
import { freshId, html } from "./dom.js";

export function playButton(transport, label) {
  const button = html("button", {
    type: "button", class: "play", onclick: () => (transport.playing ? transport.pause() : transport.play()),
  });
  const paint = () => {
    const word = transport.playing ? "Pause" : "Play";
    button.textContent = word;
    button.dataset.state = transport.playing ? "playing" : "paused";
    button.setAttribute("aria-label", `${word} ${label}`);
  };
  transport.addEventListener("state", paint);
  paint();
  return button;
}

export function switchButton(text, pressed, changed, attributes = {}) {
  const button = html("button", {
    type: "button", class: "switch", "aria-pressed": `${pressed}`, ...attributes,
    onclick: () => {
      const now = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", `${now}`);
      changed(now);
    },
  }, text);
  return button;
}

function tempo(transport) {
  const id = freshId("tempo");
  const value = html("output", { for: id }, `${transport.qpm}`);
  const input = html("input", {
    type: "range", id, min: "40", max: "240", step: "1", value: `${transport.qpm}`,
    oninput: () => {
      transport.setTempo(Number(input.value));
      value.textContent = input.value;
    },
  });
  return html("span", { class: "tempo" }, html("label", { for: id }, "Tempo"), input, value);
}

function mutes(transport, sheet) {
  const names = lanesToMute(sheet);
  if (names.length < 2) return null;
  const buttons = names.map((name, lane) => {
    const button = switchButton(name, !transport.silent.has(name), (heard) => {
      if (heard) transport.silent.delete(name);
      else transport.silent.add(name);
    }, { "aria-label": `${name} heard`, class: "switch mute" });
    const track = sheet.tracks[lane];
    if (track) button.prepend(html("span", { class: `swatch lane-${track.kind === "drums" ? "drums" : lane}` }));
    return button;
  });
  return html("span", { class: "mutes", role: "group", "aria-label": "Tracks heard" }, ...buttons);
}

function saving(player) {
  const name = (extension) => fileName(player.label, extension);
  const now = () => ({ ...player.sheet, qpm: player.transport.qpm });
  const choices = [
    ["MIDI", () => save(name("mid"), "audio/midi", writeMidi(now()))],
    ["MusicXML", () => save(name("musicxml"), "application/vnd.recordare.musicxml+xml", writeMusicXml(now()))],
    ["Sound (WAV)", async () => {
      const buffer = await renderSheet(now(), { silent: player.transport.silent });
      save(name("wav"), "audio/wav", writeWav(buffer));
    }],
  ];
  const close = () => { menu.open = false; };
  const buttons = choices.map(([text, act]) => html("button", {
    type: "button", onclick: () => {
      close();
      act();
    },
  }, text));
  const menu = html("details", {
    class: "saving",
    onkeydown: (event) => event.key === "Escape" && close(),
  }, html("summary", {}, "Save"), html("div", {}, ...buttons));
  return menu;
}

export function controlsOf(player) {
  const { transport, sheet } = player;
  return [
    playButton(transport, player.label),
    switchButton("Loop", transport.loop, (on) => transport.setLoop(on)),
    tempo(transport),
    mutes(transport, sheet),
    saving(player),
  ].filter(Boolean);
}
