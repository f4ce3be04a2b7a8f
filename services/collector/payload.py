"""What a device's message says: a number somewhere in it, or whether the device is there."""

from collections.abc import Sequence
from enum import Enum
from typing import Any

import orjson

from shared.sources import LARGEST_PAYLOAD_BYTES
from shared.units import parse_number

_THERE = frozenset({"online", "true", "1", "on", "connected"})
_AWAY = frozenset({"offline", "false", "0", "off", "disconnected"})
_UNKNOWN = frozenset({"nan", "null", "none", "unknown", "unavailable"})


class Fault(Enum):
    """Why a message has no number for us; the value is what health counts."""

    TOO_LARGE = "too_large"
    UNREADABLE = "unreadable"
    NO_SUCH_PATH = "without_path"
    NO_NUMBER = "not_a_number"


def decode_value(payload: bytes, path: Sequence[str]) -> float | Fault | None:
    """Return the number at a path, None where the device itself says that it is unknown."""
    if len(payload) > LARGEST_PAYLOAD_BYTES:
        return Fault.TOO_LARGE
    try:
        found = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return Fault.UNREADABLE if path else _read(payload.decode(errors="replace"))
    for key in path:
        found = _member(found, key)
        if found is Fault.NO_SUCH_PATH:
            return Fault.NO_SUCH_PATH
    return _number(found)


def decode_availability(payload: bytes) -> bool | None:
    """Return whether a device is there, None when it can't be read out of the message."""
    if len(payload) > LARGEST_PAYLOAD_BYTES:
        return None
    try:
        found = orjson.loads(payload)
    except orjson.JSONDecodeError:
        found = payload.decode(errors="replace")
    if isinstance(found, dict):
        found = found.get("state")
    word = str(found).strip().lower()
    return True if word in _THERE else False if word in _AWAY else None


def _member(found: Any, key: str) -> Any:
    if isinstance(found, dict) and key in found:
        return found[key]
    if isinstance(found, list) and key.isdecimal() and int(key) < len(found):
        return found[int(key)]
    return Fault.NO_SUCH_PATH


def _number(found: Any) -> float | Fault | None:
    """Take a number, also one that was sent as text."""
    if found is None:
        return None
    if isinstance(found, str):
        return _read(found)
    if isinstance(found, bool) or not isinstance(found, int | float):
        return Fault.NO_NUMBER
    return parse_number(str(found))


def _read(text: str) -> float | Fault | None:
    """Take text that is a number and nothing else: no unit beside it, no comma in it."""
    number = parse_number(text.strip())
    if number is not None:
        return number
    return None if text.strip().lower() in _UNKNOWN else Fault.NO_NUMBER
