"""melonb.clsm."""
