// <melonb-quiz>: a question with several answers, one of them right, and the reason why.

import { freshId, html } from "../view/dom.js";
import { define } from "./define.js";

define("quiz", ({ question, options, answer, why }) => {
  const name = freshId("quiz");
  const verdict = html("p", { class: "verdict", role: "status" });
  const choose = (index) => {
    const right = index === answer;
    verdict.dataset.right = `${right}`;
    verdict.textContent = right ? `✓ Yes. ${why}` : "✗ Not this one; try again.";
  };
  const choices = options.map((text, index) => html("label", { class: "option" },
    html("input", { type: "radio", name, onchange: () => choose(index) }), ` ${text}`));
  return {
    node: html("fieldset", { class: "melonb card quiz" }, html("legend", {}, question), ...choices, verdict),
  };
});
