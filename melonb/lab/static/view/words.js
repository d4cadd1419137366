// The same music in words, for those who do not see the roll: the gist always, bar by bar when unfolded.

import { barByBar, gist } from "../music/describe.js";
import { html } from "./dom.js";

export class Words {
  constructor(sheet) {
    this.summary = html("summary", {});
    this.bars = html("ol", { "aria-label": "Bar by bar", tabindex: "0" });
    this.node = html("details", { class: "words", ontoggle: () => this.list() }, this.summary, this.bars);
    this.tell(sheet);
  }

  tell(sheet) {
    this.sheet = sheet;
    this.summary.textContent = `In words: ${gist(sheet)}`;
    this.list();
  }

  list() {
    if (!this.node.open) return;
    const items = barByBar(this.sheet).map(([bar, texts]) =>
      html("li", { value: `${bar}` }, texts.join(" · ")));
    this.bars.replaceChildren(...items);
  }
}
