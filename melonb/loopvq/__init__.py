"""melonb.loopvq."""
