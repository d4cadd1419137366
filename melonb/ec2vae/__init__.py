"""melonb.ec2vae."""
