"""melonb.musicvae."""
