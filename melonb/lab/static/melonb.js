// The lab in the page. Load this as a module; it brings the elements that a chapter uses to life.

import "./elements/roll.js";
import "./elements/compare.js";
