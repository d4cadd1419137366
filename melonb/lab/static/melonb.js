// The lab in the page. Load this as a module; it brings the elements that a chapter uses to life.

import "./elements/roll.js";
import "./elements/compare.js";
import "./elements/panel.js";
import "./elements/decoder.js";
import "./elements/swap.js";
import "./elements/infill.js";
import "./elements/loops.js";
import "./elements/quiz.js";
import "./elements/tune.js";
import "./elements/listening.js";
import { renderLive } from "./elements/asking.js";
import { build } from "./elements/define.js";

// What a live widget of a notebook calls.
export const render = renderLive;
export const buildElement = build;
