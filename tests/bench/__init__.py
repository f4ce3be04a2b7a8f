"""Measurements, each beside what a user would do instead; `scripts/bench` runs them all."""
