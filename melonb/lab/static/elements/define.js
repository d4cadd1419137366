// Custom elements in one line each. The music itself lies inside the element as JSON, beside an SVG that
// shows where scripts do not run; when the element comes alive, what it builds takes their place.

import { carried } from "../view/dom.js";

export function define(name, build) {
  if (customElements.get(name)) return;
  customElements.define(name, class extends HTMLElement {
    connectedCallback() {
      // While a page is still being parsed the children may not be there yet.
      if (document.readyState === "loading" && !carried(this)) {
        document.addEventListener("DOMContentLoaded", () => this.wake(), { once: true });
      } else this.wake();
    }

    wake() {
      if (this.alive) return;
      const data = carried(this);
      if (!data) return;
      this.alive = true;
      const built = build(data, this);
      this.replaceChildren(built.node ?? built);
      this.built = built;
    }
  });
}
