// How a live element asks its kernel: a question carries a ticket, and its answer carries the same.
//
// A kernel that was restarted never answers, a busy one only after its cell; the element says so itself.

import { html } from "../view/dom.js";
import { takeStage } from "../view/understudy.js";
import { build } from "./define.js";

const PATIENCE_MILLISECONDS = 6000;
const GONE = "its kernel is gone";
const LEFT = "No model answers here: the kernel was restarted or shut down. Run this cell again.";
const SLOW = "No answer yet. The kernel may be busy; if it was restarted, run this cell again.";

// `model` sends and hears; `tell` is given a sentence for the reader, or nothing when all is well.
export function askerOf(model, tell) {
  const name = Math.random().toString(36).slice(2);  // two views of one widget hear each other's answers
  const waiting = new Map();
  let asked = 0;
  let gone = false;

  function close(ticket) {
    const question = waiting.get(ticket);
    if (!question) return null;
    waiting.delete(ticket);
    clearTimeout(question.timer);
    if (!waiting.size && !gone) tell("");
    return question;
  }

  model.on("msg:custom", ({ ticket, answer, error }) => {
    const question = close(ticket);
    if (!question) return;
    if (error) question.reject(new Error(error));
    else question.resolve(answer);
  });
  function leave() {
    gone = true;
    tell(LEFT);
    for (const ticket of [...waiting.keys()]) close(ticket).reject(new Error(GONE));
  }

  // Jupyter's widgets tell their views once, when the kernel behind them goes.
  model.on("comm_live_update", leave);

  return (question) => new Promise((resolve, reject) => {
    if (gone) {
      reject(new Error(GONE));
      return;
    }
    asked += 1;
    const ticket = `${name}-${asked}`;
    const timer = setTimeout(() => tell(SLOW), PATIENCE_MILLISECONDS);
    waiting.set(ticket, { resolve, reject, timer });
    try {
      model.send({ ticket, question });
    } catch {  // its connection is closed
      leave();
    }
  });
}

// What a live widget calls.
export function renderLive({ model, el }) {
  const notice = html("p", { class: "status notice", role: "status", hidden: true });
  const ask = askerOf(model, (text) => {
    notice.textContent = text;
    notice.hidden = !text;
  });
  const { node } = build(model.get("kind"), model.get("data"), { ask });
  node.append(notice);
  el.append(node);
  takeStage(model.get("name"), node);
}
