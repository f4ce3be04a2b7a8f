"""The alerts there are, by name: a part of topics, events.json and the configuration."""

from collections.abc import Mapping

TITLES: Mapping[str, str] = {
    "power-cut": "Power cut",
    "power-high": "Power is high",
    "energy-day": "Much energy today",
    "no-reading": "No reading",
    "sync-old": "The remote copy is old",
    "remote-lost": "The remote copy lost days",
    "disk-full": "The disk is nearly full",
    "clock": "The clock is wrong",
    "restarts": "A service restarts again and again",
}

# What a webhook's body may name between braces.
PLACEHOLDERS = ("title", "text", "name", "event", "state", "since", "until")
