"""What `power-monitor status` says of today's cost."""

from pathlib import Path
from typing import Any

import pytest
from support.aggregation import House, spans

from cli.documents_here import files_here
from cli.overview import Heard, Overview
from cli.status_screen import screen
from cli.terminal import Terminal

TARIFF = {"currency": "EUR", "periods": [{"from": "2026-01-01", "price": "0.3127"}]}


def today(directory: Path, tariff: dict[str, Any] | None) -> tuple[str, dict[str, Any]]:
    """Return the line of today after two hours of 1500 W, and all that programs are told."""
    house = House(directory, tariff=tariff)
    start = house.midnight("2026-11-22")
    house.at(start + 7200).take(*spans(house.zone, start, start + 7200, 1500))
    house.settle()
    seen = Overview(house.now, house.zone, 1500.0, (), Heard(), files_here(house.config.paths))
    [line] = [line for line in screen(seen, Terminal()) if line.startswith("Today")]
    return line, seen.document()


def test_today_s_cost_is_told_with_its_currency(tmp_path: Path) -> None:
    line, told = today(tmp_path, TARIFF)
    assert "3.00 kWh used, 0.94 EUR, 100 % of the time since midnight known" in line
    assert (told["today"]["cost"], told["currency"]) == ("0.9381", "EUR")


@pytest.mark.parametrize(
    "tariff", [None, {**TARIFF, "periods": [{"from": "2027-01-01", "price": "1"}]}]
)
def test_an_unknown_cost_is_not_told(tmp_path: Path, tariff: dict[str, Any] | None) -> None:
    assert "3.00 kWh used, 100 % of the time" in today(tmp_path, tariff)[0]
