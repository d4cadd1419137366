// <melonb-roll>: one piece of music, seen, heard and saved.

import { Player } from "../view/player.js";
import { define } from "./define.js";

define("roll", (json, { element }) => {
  const qpm = Number(element.getAttribute("qpm")) || json.qpm;
  return new Player({ ...json, qpm }, {
    label: element.getAttribute("label") ?? "Music",
    loop: element.hasAttribute("loop"),
    score: element.querySelector("svg.melonb-score"),
  });
});
