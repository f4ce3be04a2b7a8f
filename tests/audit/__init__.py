"""Whether what an installation gets is known to be unsafe."""
