// Elements, each defined once and built in two places: as a custom element of a page, and by a live widget.
//
// The music itself lies inside the custom element as JSON, beside an SVG that is seen where scripts do not
// run; when the element comes alive, what it builds takes their place. A builder gets the data and a
// context: `element` in a page, `ask` (question -> promise of an answer) where a kernel listens.

import { carried } from "../view/dom.js";
import { standIn } from "../view/understudy.js";

const builders = new Map();

export function build(kind, data, context) {
  const built = builders.get(kind)(data, context);
  // JupyterLab takes keys before an element sees them, unless what has the focus itself says no to that.
  built.node.addEventListener("focusin", (event) => {
    event.target.setAttribute("data-lm-suppress-shortcuts", "true");
  });
  return built;
}

function wake(kind, element) {
  const data = element.built ? null : carried(element);
  if (!data) return;
  element.built = build(kind, data, { element });
  element.replaceChildren(element.built.node);
}

// An element that stands in for a live one waits whether that one comes.
function arrive(kind, element) {
  const name = element.getAttribute("live");
  if (name === null) wake(kind, element);
  else standIn(name, element, () => wake(kind, element));
}

export function define(kind, builder) {
  builders.set(kind, builder);
  const name = `melonb-${kind}`;
  if (customElements.get(name)) return;
  customElements.define(name, class extends HTMLElement {
    connectedCallback() {
      // While a page is still being parsed the children may not be there yet.
      if (document.readyState !== "loading") arrive(kind, this);
      else document.addEventListener("DOMContentLoaded", () => arrive(kind, this), { once: true });
    }
  });
}
