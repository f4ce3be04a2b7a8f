"""What is sent to the webhook: JSON, as the configuration wants it."""

import re
from collections.abc import Mapping
from typing import Any

from services.aggregator.alerts.memory import Notice
from shared.alerts import PLACEHOLDERS, TITLES
from shared.messages import dump
from shared.times import Zone

TEST = Notice("test", "test", "on", None, None, "This is a test: alerts arrive here.")
_SENDER = "Power Monitor"
_WORDS = {"end": "over: ", "reminder": "still: "}
_PLACEHOLDER = re.compile("{(" + "|".join(PLACEHOLDERS) + ")}")


def body(notice: Notice, template: Mapping[str, Any] | None, zone: Zone) -> bytes:
    """Return the body for a notice: the template with its placeholders filled, or all there is."""
    values = {
        "title": f"{_SENDER}: {_WORDS.get(notice.event, '')}{TITLES.get(notice.name, 'Test')}",
        "text": notice.text,
        "name": notice.name,
        "event": notice.event,
        "state": notice.state,
        "since": _iso(zone, notice.since),
        "until": _iso(zone, notice.until),
    }
    return dump(values if template is None else _filled(template, values))


def _filled(template: Any, values: Mapping[str, str | None]) -> Any:
    if isinstance(template, str):
        return _PLACEHOLDER.sub(lambda found: values[found[1]] or "", template)
    if isinstance(template, Mapping):
        return {name: _filled(item, values) for name, item in template.items()}
    if isinstance(template, list):
        return [_filled(item, values) for item in template]
    return template


def _iso(zone: Zone, at: float | None) -> str | None:
    return None if at is None else zone.iso(round(at))
