"""Moving in: what other programs wrote, made into readings."""
