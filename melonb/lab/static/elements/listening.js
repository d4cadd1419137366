// <melonb-listening>: a blind listening test. Answers are kept in the browser until they are saved as a
// file for the teacher, or handed to the notebook that shows the test.

import { fileName, save } from "../files/save.js";
import { html } from "../view/dom.js";
import { trialForm } from "../view/trial.js";
import { define } from "./define.js";

function stored(place) {
  try {
    return JSON.parse(localStorage.getItem(place));
  } catch {
    return null;  // storage is switched off: the test runs without a memory
  }
}

function store(place, value) {
  try {
    localStorage.setItem(place, JSON.stringify(value));
  } catch {
    // as above
  }
}

class ListeningTest {
  constructor(data, ask) {
    this.data = data;
    this.ask = ask;
    this.place = `melonb-listening-${data.test}`;
    this.stage = html("div", {});
    this.progress = html("p", { class: "status", role: "status" });
    this.node = html("div", { class: "melonb card listening", role: "group", "aria-label": data.title },
      html("p", { class: "title" }, data.title), this.stage, this.progress);
    this.sheet = stored(this.place);
    if (this.sheet) this.next();
    else this.welcome();
  }

  welcome() {
    const most = this.data.plans.length;
    const number = html("input", { type: "number", min: "1", max: `${most}`, id: `${this.place}-number` });
    const problem = html("span", { role: "alert" });
    const begin = async () => {
      const slot = Number(number.value);
      if (!Number.isInteger(slot) || slot < 1 || slot > most) {
        problem.textContent = `Give a number from 1 to ${most}.`;
        return;
      }
      try {
        await this.ask?.({ takes: slot });
        this.begin(slot);
      } catch (error) {
        problem.textContent = error.message;
      }
    };
    number.addEventListener("keydown", (event) => event.key === "Enter" && begin());
    this.stage.replaceChildren(
      html("p", {}, this.data.introduction),
      html("div", { class: "controls" },
        html("label", { for: number.id }, "Your listener number (each listener has another)"), number,
        html("button", { type: "button", class: "primary", onclick: begin }, "Begin"), problem));
  }

  begin(slot) {
    const started = new Date().toISOString();
    this.sheet = { test: this.data.test, listener: `${slot}`, started, answers: [] };
    this.practise(0);
  }

  practise(index) {
    const names = this.data.practice[index];
    if (!names) {
      this.next();
      return;
    }
    const count = this.data.practice.length;
    this.progress.textContent = `To get used to it, ${index + 1} of ${count}; this one is not counted.`;
    this.offer(names, names.length > 1 ? this.data.design : "singles", () => this.practise(index + 1));
  }

  offer(names, design, answered) {
    const pieces = names.map((name) => this.data.pieces[name]);
    this.stage.replaceChildren(trialForm({ ...this.data, design }, pieces, answered));
    this.focus();
  }

  // What had the focus is gone: the first button of what came gets it.
  focus() {
    this.stage.querySelector("button").focus({ preventScroll: true });
  }

  next() {
    const plan = this.data.plans[Number(this.sheet.listener) - 1];
    const trial = this.sheet.answers.length;
    if (trial >= plan.length) {
      this.finish();
      return;
    }
    this.progress.textContent = `${trial + 1} of ${plan.length}`;
    const start = performance.now();
    this.offer(plan[trial], this.data.design, (ratings) => {
      const seconds = Math.round((performance.now() - start) / 100) / 10;
      this.sheet.answers.push({ trial, stimuli: plan[trial], ratings, seconds });
      store(this.place, this.sheet);
      this.next();
    });
  }

  async finish() {
    this.progress.textContent = "";
    if (!this.ask) {
      if (stored(`${this.place}-kept`)) this.thank("Your answers are stored.", true);
      else this.thank("Save your answers and give the file to your teacher.");
      return;
    }
    this.thank("Your answers are on their way.");
    try {
      await this.ask(this.sheet);
      store(`${this.place}-kept`, true);
      this.thank("Your answers are stored.", true);
    } catch (error) {
      this.thank("Save your answers: the notebook could not store them.");
      this.progress.textContent = error.message;
    }
  }

  // `kept`: somebody else takes care of the answers.
  thank(words, kept = false) {
    let saved = kept;
    const name = fileName(`${this.data.title} ${this.sheet.listener}`, "json");
    const send = html("button", {
      type: "button", class: "primary",
      onclick: () => {
        save(name, "application/json", JSON.stringify(this.sheet));
        saved = true;
      },
    }, "Save my answers");
    const lose = () => saved || window.confirm("These answers have not been saved. Forget them?");
    const again = html("button", { type: "button", onclick: () => lose() && this.forget() }, "Another listener");
    this.stage.replaceChildren(
      html("p", {}, `Thank you. ${words}`),
      html("div", { class: "controls" }, ...(kept ? [again] : [send, again])));
    this.focus();
  }

  forget() {
    store(this.place, null);
    store(`${this.place}-kept`, null);
    this.sheet = null;
    this.welcome();
  }
}

define("listening", (data, { ask }) => new ListeningTest(data, ask));
