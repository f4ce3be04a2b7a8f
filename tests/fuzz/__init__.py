"""Inputs nobody would send, for every decoder; `scripts/fuzz` runs as many as it is told."""
