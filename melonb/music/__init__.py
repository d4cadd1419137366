"""melonb.music."""
