"""melonb.corpora."""
