// One second of white noise, the same each time, kept for each audio context.

const kept = new WeakMap();

export function noiseBuffer(context) {
  if (kept.has(context)) return kept.get(context);
  const buffer = context.createBuffer(1, context.sampleRate, context.sampleRate);
  const samples = buffer.getChannelData(0);
  let state = 0x2545f491;
  for (let index = 0; index < samples.length; index += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    samples[index] = (state | 0) / 2 ** 31;
  }
  kept.set(context, buffer);
  return buffer;
}
