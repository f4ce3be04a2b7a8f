"""A simulated Home Assistant with a recorded household, for the demo and for the tests."""
