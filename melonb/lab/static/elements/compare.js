// <melonb-compare>: several pieces side by side, heard one or the other in place.

import { Comparison } from "../view/comparison.js";
import { define } from "./define.js";

define("compare", (data) => new Comparison(data));
