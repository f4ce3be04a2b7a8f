"""The question about the price of energy, as far as there is one price: pure."""

from collections.abc import Mapping
from typing import Any

from cli.setup.effects import Dialogue, Say
from cli.setup.talk import ask
from shared import tariff_checks as check


def tariff(old: object, today: str) -> Dialogue[Mapping[str, Any]]:
    """Ask for one price, from today on; return the section `tariff`, {} for none.

    Another price than before is a period more, so that the past keeps its own. A tariff of
    several rates, or one that already knows the future, stays as it is.
    """
    before = old if isinstance(old, dict) else {}
    periods = before.get("periods")
    last = periods[-1] if isinstance(periods, list) and periods else {}
    if before and not _is_simple(last, today):
        return before
    known = str(last.get("price", ""))
    yield Say(
        "\nWhat does a kWh cost? The page then tells the cost, from today on. Prices by time of "
        "day, base fee, export: docs/tariff.md."
    )
    hint = "" if known else ", such as 0.3127 (Enter: no cost)"
    price = yield from ask(f"Price of a kWh{hint}", _price, default=known)
    if price == known:
        return before
    currency = before.get("currency")
    if not currency:
        currency = yield from ask("Currency", check.currency, default="EUR")
    past = [period for period in periods or () if period is not last or last["from"] != today]
    return {"currency": currency, "periods": [*past, {**last, "from": today, "price": price}]}


def _is_simple(last: object, today: str) -> bool:
    return isinstance(last, dict) and "price" in last and str(last.get("from", "~")) <= today


def _price(text: str) -> str:
    price = text.replace(",", ".")
    if price:
        check.cost(price)
    return price
