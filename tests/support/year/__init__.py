"""A year of a house in simulated time, with faults sprinkled in by a seed."""
