"""Taking the data out, for other programs."""
