// The knobs of a panel: sliders and choices, from their descriptions.
//
// In a page a knob stands on one of the values that the atlas holds; over a live model a slider moves in
// finer steps between its ends, unless its values are whole numbers.

import { freshId, html } from "./dom.js";

const FINE_STEPS = 200;

function written(value, unit) {
  const rounded = Math.abs(value) < 1e-9 ? 0 : value;
  return `${Number(rounded.toPrecision(3))}${unit ? ` ${unit}` : ""}`.replace("-", "−");
}

function slider(knob, live, changed) {
  const id = freshId("knob");
  const { values, unit } = knob;
  const [low, high] = [values[0], values[values.length - 1]];
  const fine = { min: low, max: high, step: values.every(Number.isInteger) ? 1 : (high - low) / FINE_STEPS };
  const scale = live ? fine : { min: 0, max: values.length - 1, step: 1 };
  const output = html("output", { for: id });
  const input = html("input", { type: "range", id, ...scale, value: live ? values[knob.start] : knob.start });
  const value = () => (live ? Number(input.value) : values[Number(input.value)]);
  const paint = () => {
    const text = knob.texts ? knob.texts[Number(input.value)] : written(value(), unit);
    output.textContent = text;
    input.setAttribute("aria-valuetext", text);
  };
  input.addEventListener("input", () => {
    paint();
    changed();
  });
  paint();
  return {
    node: html("div", { class: "knob" }, html("label", { for: id }, knob.label), input, output),
    place: () => Number(input.value), value,
    set: (to) => {
      input.value = to;
      paint();
    },
  };
}

function choice(knob, changed) {
  const name = freshId("choice");
  const options = knob.texts.map((text, index) => {
    const checked = index === knob.start;
    const input = html("input", { type: "radio", name, value: index, checked, onchange: changed });
    return html("label", { class: "option" }, input, ` ${text}`);
  });
  const node = html("fieldset", { class: "knob choice" }, html("legend", {}, knob.label), ...options);
  const place = () => Number(node.querySelector("input:checked").value);
  return { node, place, value: place };
}

export function knobOf(knob, live, changed) {
  return knob.kind === "slider" ? slider(knob, live, changed) : choice(knob, changed);
}
