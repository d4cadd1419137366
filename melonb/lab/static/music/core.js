// The core of a flat MusicVAE, unrolled in the page: an LSTM that hears z and its own last symbol.

import { addColumn, addProduct, layer } from "./weights.js";

const HOLD = 128;

const sigmoid = (x) => 1 / (1 + Math.exp(-x));

// The likeliest symbol at temperature 0; else a draw: noise of this kind makes the largest a draw.
function choose(scores, temperature, chance) {
  let best = 0;
  let most = -Infinity;
  scores.forEach((score, symbol) => {
    const noise = temperature > 0 ? -Math.log(-Math.log(chance() || 1e-12)) : 0;
    const value = temperature > 0 ? score / temperature + noise : score;
    if (value > most) [best, most] = [symbol, value];
  });
  return best;
}

export class Core {
  constructor({ symbols, steps, ...layers }) {
    this.symbols = symbols;
    this.steps = steps;
    for (const [name, said] of Object.entries(layers)) this[name] = layer(said);
    this.hidden = this.state.columns;
  }

  // One step of the LSTM; gates in PyTorch's order: in, forget, candidate, out.
  step(fixed, last, state, cell) {
    const gates = addProduct(Float32Array.from(fixed), this.state, state);
    if (last !== null) addColumn(gates, this.input, last);
    const { hidden } = this;
    for (let unit = 0; unit < hidden; unit += 1) {
      const kept = sigmoid(gates[hidden + unit]) * cell[unit];
      cell[unit] = kept + sigmoid(gates[unit]) * Math.tanh(gates[2 * hidden + unit]);
      state[unit] = sigmoid(gates[3 * hidden + unit]) * Math.tanh(cell[unit]);
    }
  }

  // A point of the latent space as symbols; `chance` gives numbers from 0 to 1 where it has to draw.
  unroll(z, temperature = 0, chance = Math.random) {
    const first = addProduct(Float32Array.from(this.start.bias), this.start, z).map(Math.tanh);
    const state = first.slice(0, this.hidden);
    const cell = first.slice(this.hidden);
    const fixed = addProduct(Float32Array.from(this.input.bias), this.input, z, this.symbols);
    const drawn = [];
    for (let now = 0; now < this.steps; now += 1) {
      this.step(fixed, now ? drawn[now - 1] : null, state, cell);
      const scores = addProduct(Float32Array.from(this.output.bias), this.output, state);
      drawn.push(choose(scores, temperature, chance));
    }
    return drawn;
  }
}

// Symbols as notes: [start, length, pitch].
export function notesOf(symbols) {
  const notes = [];
  let sounding = false;
  symbols.forEach((symbol, start) => {
    if (symbol < HOLD) notes.push([start, 1, symbol]);
    else if (symbol === HOLD && sounding) notes[notes.length - 1][1] += 1;
    sounding = symbol < HOLD || (symbol === HOLD && sounding);
  });
  return notes;
}

