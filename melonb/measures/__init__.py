"""melonb.measures."""
