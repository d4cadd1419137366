// A gain that rises, decays to a level while the key is down, and dies when it is let go.

const SILENCE = 0.0001;

export function struck(context, out, when, { peak, attack = 0.003, decay }) {
  const gain = context.createGain();
  gain.gain.setValueAtTime(SILENCE, when);
  gain.gain.linearRampToValueAtTime(peak, when + attack);
  gain.gain.exponentialRampToValueAtTime(SILENCE, when + attack + decay);
  gain.connect(out);
  return gain;
}

// `hold` is the length of the note; a long note fades with the time constant `fade`.
export function held(context, out, when, { peak, attack, fade, hold, release }) {
  const gain = context.createGain();
  const end = when + Math.max(hold, attack);
  gain.gain.setValueAtTime(0, when);
  gain.gain.linearRampToValueAtTime(peak, when + attack);
  gain.gain.setTargetAtTime(peak * 0.35, when + attack, fade);
  gain.gain.setTargetAtTime(0, end, release / 4);
  gain.connect(out);
  return { gain, stop: end + release * 1.5 };
}
