// A model's weights as text: one character a number of a matrix, two a number of a vector. Twin of
// melonb/lab/decoder.py.

const SIGNS = Array.from({ length: 94 }, (_, place) => String.fromCharCode(33 + place))
  .filter((sign) => !"\"<\\".includes(sign));
const VALUES = new Map(SIGNS.map((sign, value) => [sign, value]));
const MIDDLE = (SIGNS.length - 1) / 2;

function vector({ low, step, signs }) {
  const at = (place) => VALUES.get(signs[2 * place]) * SIGNS.length + VALUES.get(signs[2 * place + 1]);
  return Float32Array.from({ length: signs.length / 2 }, (_, place) => low + at(place) * step);
}

// A linear layer: {columns, rows, weights (row after row), bias}.
export function layer({ columns, signs, scales, bias }) {
  const scale = vector(scales);
  const weights = new Float32Array(signs.length);
  for (let place = 0; place < signs.length; place += 1) {
    weights[place] = (VALUES.get(signs[place]) - MIDDLE) * scale[Math.floor(place / columns)];
  }
  const rows = scale.length;
  return { columns, rows, weights, bias: bias ? vector(bias) : new Float32Array(rows) };
}

// out[row] += the row's columns from `first` on, times `values`.
export function addProduct(out, { columns, rows, weights }, values, first = 0) {
  for (let row = 0; row < rows; row += 1) {
    let sum = 0;
    let place = row * columns + first;
    for (let column = 0; column < values.length; column += 1, place += 1) sum += weights[place] * values[column];
    out[row] += sum;
  }
  return out;
}

// out[row] += one column, which is what a one-hot input amounts to.
export function addColumn(out, { columns, rows, weights }, column) {
  for (let row = 0; row < rows; row += 1) out[row] += weights[row * columns + column];
  return out;
}
