"""The recording, beside the notice that goes with it."""
