"""The three resident services; they know each other only by messages and documents."""
