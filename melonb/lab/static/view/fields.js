// Controls of a form with their labels.

import { freshId, html } from "./dom.js";

export function field(text, control) {
  control.id = freshId("field");
  return html("span", { class: "field" }, html("label", { for: control.id }, text), control);
}

export function options(names) {
  return names.map((name, index) => html("option", { value: index }, name));
}

export function midiInput(chosen) {
  const file = html("input", {
    type: "file", accept: ".mid,.midi,audio/midi", onchange: () => file.files[0] && chosen(file.files[0]),
  });
  return file;
}

export function numberInput(value, changed) {
  return html("input", { type: "number", min: "1", value: `${value}`, onchange: changed });
}

// The whole number that a field holds, brought inside its bounds.
export function wholeNumber(input, low, high) {
  return Math.max(low, Math.min(high, Math.round(Number(input.value)) || low));
}
