"""Fill a configuration template: every word between at signs is replaced."""

import re
from collections.abc import Mapping

_PLACEHOLDER = re.compile(r"@([A-Z_]+)@")
_UNSAFE = re.compile(r'["\x00-\x1f\x7f]')


def fill(template: str, values: Mapping[str, str]) -> str:
    """Return the finished text; KeyError for a placeholder without a value."""
    return _PLACEHOLDER.sub(lambda found: values[found[1]], template)


def is_safe(value: str) -> bool:
    """Whether a path or address can stand in a server's configuration without changing it."""
    return not _UNSAFE.search(value)
