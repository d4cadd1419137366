"""melonb.lab."""
