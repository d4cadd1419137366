"""melonb.training."""
