// <melonb-panel>: knobs over a latent space, in the page from an atlas, in a notebook from the model.

import { Panel } from "../view/panel.js";
import { define } from "./define.js";

define("panel", (data, { ask }) => new Panel(data, ask));
