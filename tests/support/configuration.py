"""The smallest configuration, and with one option more."""

SMALLEST = {
    "home_assistant": {
        "url": "http://ha.local:8123",
        "token": "ha-secret",
        "entities": {"power": "sensor.x"},
    }
}


def with_option(path: str, value: object) -> dict[str, object]:
    """Return the smallest configuration with one option more."""
    section, _, key = path.rpartition(".")
    raw: dict[str, object] = {name: dict(members) for name, members in SMALLEST.items()}
    place = raw.setdefault(section, {}) if section else raw
    assert isinstance(place, dict)
    place[key] = value
    return raw
