"""What a service tells of itself, without what has not the form this version gives it.

Another version may have told it: the broker keeps health over an upgrade.
"""

from collections.abc import Callable, Mapping
from typing import Any

from shared.errors import BadInput
from shared.fields import instant, number


def fitting(health: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members that can be shown."""
    return {name: told for name, told in health.items() if _FORMS.get(name, _any)(told)}


def _any(_told: Any) -> bool:
    return True


def _text(told: Any) -> bool:
    return isinstance(told, str)


def _count(told: Any) -> bool:
    try:
        return number(told, "count") >= 0
    except BadInput:
        return False


def _time(told: Any) -> bool:
    try:
        instant(told)
    except BadInput:
        return False
    return True


def _each(form: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda told: isinstance(told, dict) and all(map(form, told.values()))


def _problems(told: Any) -> bool:
    return isinstance(told, list) and all(
        isinstance(one, dict) and all(_text(one.get(key)) for key in ("name", "text", "hint"))
        for one in told
    )


def _work(told: Any) -> bool:
    return isinstance(told, dict) and _text(told.get("what")) and _time(told.get("at"))


_FORMS: Mapping[str, Callable[[Any], bool]] = {
    "problems": _problems,
    "last_work": _work,
    "memory_bytes": _count,
    "uptime_seconds": _count,
    "points": _each(_count),
    "next_rollups": _each(_time),
    "next_attempt": _time,
    "last_push": _time,
    "unsynced": lambda told: isinstance(told, list),
}
