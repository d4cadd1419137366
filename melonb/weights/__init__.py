"""melonb.weights."""
