"""Setup's question about the price: the past keeps its own, and nothing intricate is touched."""

from typing import Any

import pytest

from cli.setup.effects import Ask
from cli.setup.price import tariff
from shared.config import parse

TODAY = "2026-11-22"
NEW = {"from": TODAY, "price": "0.3389"}
FIRST = {"from": "2026-01-01", "price": "0.3127", "base_fee_per_day": "0.35"}
RATES = {"from": "2026-07-01", "rates": [{"price": "0.3"}]}


def answered(old: Any, *typed: str) -> Any:
    """Return the tariff after these answers, each of which must have been asked for."""
    dialogue, lines = tariff(old, TODAY), list(typed)
    answer = None
    while True:
        try:
            effect = dialogue.send(answer)
        except StopIteration as end:
            assert lines == []
            if end.value:
                source = {"power": {"topic": "plug", "unit": "W"}}
                parse({"sources": source, "tariff": end.value}, {"TZ": "UTC"})
            return end.value
        answer = lines.pop(0) if isinstance(effect, Ask) else None


def euro(*periods: Any) -> dict[str, Any]:
    return {"currency": "EUR", "periods": list(periods)}


def test_one_price_counts_from_today_on_and_none_is_needed() -> None:
    assert answered(None, "0,3389", "") == euro(NEW)
    assert answered(None, "cheap", "-1", "0.3389", "euro", "SEK") == {
        **euro(NEW),
        "currency": "SEK",
    }
    assert answered(None, "") == {}


def test_another_price_leaves_the_past_its_own() -> None:
    assert answered(euro(FIRST), "") == euro(FIRST)
    assert answered(euro(FIRST), "0.3389") == euro(FIRST, {**FIRST, **NEW})
    assert answered(euro(FIRST, {**NEW, "price": "33.89"}), "0.3389") == euro(FIRST, NEW)


@pytest.mark.parametrize(
    "old", [euro(FIRST, RATES), euro(FIRST, {"from": "2027-01-01", "price": "0.4"})]
)
def test_what_one_price_does_not_tell_is_left_alone(old: Any) -> None:
    """Rates by time of day, and a price that is known to come."""
    assert answered(old) == old
