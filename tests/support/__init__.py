"""What several tests need: real servers, a client, waiting with a deadline."""
