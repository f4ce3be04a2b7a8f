"""Spans of time and sizes in a person's words."""

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_MEBI = 1 << 20


def span(seconds: float) -> str:
    """Return a length of time in its two largest units: `3 d 4 h`, `12 min`, `5 s`."""
    whole = max(0, round(seconds))
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE} min"
    if whole < _DAY:
        return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE} min"
    return f"{whole // _DAY} d {whole % _DAY // _HOUR} h"


def size(count: float | None) -> str:
    """Return a number of bytes: `25 kB`, `19 MiB`."""
    if count is None:
        return "? MiB"
    if count < _MEBI:
        return f"{count / 1000:.0f} kB"
    return (
        f"{count / _MEBI:.0f} MiB" if count < 10240 * _MEBI else f"{count / 1024 / _MEBI:.0f} GiB"
    )
