"""A GitHub of our own: the REST subset that the syncer uses, with state, limits and faults."""
