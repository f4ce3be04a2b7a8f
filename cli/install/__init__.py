"""What deploy/*.sh leave to Python: everything that depends on the configuration's content."""
