// Chance that can be had again: numbers from a seed, points of the latent space, the way between two.

// Numbers from 0 to 1, always the same ones from the same seed.
export function chanceFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
}

// A point drawn from the standard normal distribution.
export function drawPoint(size, chance) {
  return Float32Array.from({ length: size }, () =>
    Math.sqrt(-2 * Math.log(1 - chance())) * Math.cos(2 * Math.PI * chance()));
}

const dot = (a, b) => a.reduce((sum, value, place) => sum + value * b[place], 0);

// Along the sphere from a to b, as the paper does: share 0 is a, 1 is b.
export function between(a, b, share) {
  const cosine = dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b) || 1);
  const angle = Math.acos(Math.min(1, Math.max(-1, cosine)));
  const sine = Math.sin(angle);
  const flat = sine < 1e-6;
  const left = flat ? 1 - share : Math.sin((1 - share) * angle) / sine;
  const right = flat ? share : Math.sin(share * angle) / sine;
  return Float32Array.from(a, (value, place) => left * value + right * b[place]);
}
