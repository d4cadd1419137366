"""melonb.nn."""
