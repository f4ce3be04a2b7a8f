"""The tariff as it is configured: what it may be, and every mistake by its path."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from shared.config import Config, parse, redacted
from shared.errors import ConfigError
from shared.tariff import exact, money_text

SMALLEST = {"home_assistant": {"url": "http://h", "token": "t", "entities": {"power": "sensor.x"}}}
AMOUNT = 'must be an amount such as "0.3127", with at most 6 digits after the point'
WEEKDAYS = 'must be of mon, tue, wed, thu, fri, sat, sun, such as "mon-fri", or a list'
NIGHT_AND_DAY = [
    {"price": "0.24", "hours": "22:00-06:00"},
    {"price": "0.34", "hours": "06:00-22:00"},
]


def read(**tariff: Any) -> Config:
    return parse({**SMALLEST, "tariff": tariff}, {})


def mistakes(*periods: Any) -> list[str]:
    """Return what is wrong with periods, without the path that all have."""
    with pytest.raises(ConfigError) as caught:
        read(currency="EUR", periods=list(periods))
    return [line.removeprefix("tariff.periods") for line in str(caught.value).splitlines()]


def test_without_the_section_there_is_no_tariff() -> None:
    config = parse(SMALLEST, {})
    assert config.tariff is None
    assert redacted(config)["tariff"] is None


@pytest.mark.parametrize("price", ["0.3127", 0.3127])
def test_a_price_is_taken_digit_for_digit_as_text_or_number(price: object) -> None:
    tariff = read(currency="EUR", periods=[{"from": "2026-01-01", "price": price}]).tariff
    assert tariff is not None
    period = tariff.on(date(2026, 1, 1))
    assert period is not None
    assert period.rates[0].price == Decimal("0.3127")


def test_each_period_holds_until_the_next_and_nothing_before_the_first() -> None:
    tariff = read(
        currency="EUR",
        periods=[{"from": "2026-01-01", "price": "0.30"}, {"from": "2026-07-01", "price": "0.33"}],
    ).tariff
    assert tariff is not None
    assert tariff.on(date(2025, 12, 31)) is None
    held = [tariff.on(day) for day in (date(2026, 1, 1), date(2026, 6, 30), date(2026, 7, 1))]
    assert [one and str(one.rates[0].price) for one in held] == ["0.30", "0.30", "0.33"]


def test_hours_over_midnight_are_the_evening_and_the_early_morning_of_each_day() -> None:
    tariff = read(currency="EUR", periods=[{"from": "2026-01-01", "rates": NIGHT_AND_DAY}]).tariff
    assert tariff is not None
    assert [
        (minute, str(price)) for minute, price in tariff.periods[0].prices(date(2026, 1, 1))
    ] == [
        (0, "0.24"),
        (360, "0.34"),
        (1320, "0.24"),
    ]


def test_what_is_shown_of_a_tariff_can_be_configured_again() -> None:
    config = read(
        currency="EUR",
        periods=[
            {"from": "2026-01-01", "price": "0.3127", "base_fee_per_day": "0.35"},
            {"from": "2026-07-01", "rates": NIGHT_AND_DAY, "export_price": "-0.01"},
        ],
    )
    shown = redacted(config)["tariff"]
    assert parse({**SMALLEST, "tariff": shown}, {}).tariff == config.tariff


def test_all_mistakes_are_told_together_each_with_its_path() -> None:
    assert mistakes(
        {"from": "2026-01-01", "price": "0.3", "base_fee_per_day": -1, "note": 1},
        {"from": "2025-01-01", "rates": [{"hours": "6-22"}, {"price": "0,3", "days": "mon-fry"}]},
        "0.30",
    ) == [
        "[0].note: unknown key, known are from, price, rates, base_fee_per_day, export_price",
        "[0].base_fee_per_day: must be >= 0, got -1",
        "[1].rates[0].price: required",
        '[1].rates[0].hours: must be wall times such as "06:00-22:00", or a list, got "6-22"',
        f'[1].rates[1].price: {AMOUNT}, got "0,3"',
        f'[1].rates[1].days: {WEEKDAYS}, got "mon-fry"',
        '[2]: must be an object {...}, got "0.30"',
        "[1].from: must be later than the period's before, 2026-01-01",
    ]


@pytest.mark.parametrize(
    "price",
    [float("nan"), float("inf"), "NaN", "1e3", "", "0.1234567", -0.1, True, "12345678", [], "٣"],
)
def test_a_price_that_is_no_plain_amount_is_refused(price: object) -> None:
    (line,) = mistakes({"from": "2026-01-01", "price": price})
    assert line.startswith("[0].price: must be ")


def test_an_hour_without_a_price_is_named() -> None:
    rates = [
        {"price": "0.3", "days": "mon-fri"},
        {"price": "0.2", "days": "sat", "hours": ["00:00-12:00", "13:30-24:00"]},
        {"price": "0.2", "days": "sun"},
    ]
    (line,) = mistakes({"from": "2026-01-01", "rates": rates})
    assert line == "[0].rates: no price for sat 12:00-13:30"


def test_an_hour_with_two_prices_is_named_with_both() -> None:
    rates = [*NIGHT_AND_DAY, {"price": "0.2", "days": "sun", "hours": "21:00-23:00"}]
    assert mistakes({"from": "2026-01-01", "rates": rates}) == [
        "[0].rates: more than one price for sun 21:00-22:00: rates[1] and rates[2]",
        "[0].rates: more than one price for sun 22:00-23:00: rates[0] and rates[2]",
    ]


@pytest.mark.parametrize(
    ("period", "where"),
    [
        ({"price": "0.3"}, "[0].from: required"),
        ({"from": "2026-02-30", "price": "0.3"}, "[0].from: not a date"),
        ({"from": 20260101, "price": "0.3"}, "[0].from: not a date"),
        ({"from": "2026-01-01"}, '[0]: needs either "price" or "rates"'),
        ({"from": "2026-01-01", "price": "1", "rates": NIGHT_AND_DAY}, "[0]: needs either"),
        ({"from": "2026-01-01", "rates": []}, "[0].rates: must be a list"),
        ({"from": "2026-01-01", "rates": [{"price": "1", "hours": []}]}, "[0].rates[0].hours: "),
        ({"from": "2026-01-01", "rates": [{"price": "1", "hours": "24:00-06:00"}]}, "[0].rates[0]"),
        ({"from": "2026-01-01", "rates": [{"price": "1", "hours": "00:00-24:30"}]}, "[0].rates[0]"),
        (
            {
                "from": "2026-01-01",
                "rates": [{"price": "1", "hours": ["01:00-03:00", "02:00-04:00"]}],
            },
            "[0].rates[0].hours: must not overlap",
        ),
        (
            {"from": "2026-01-01", "rates": [{"price": "1", "days": ["mon-wed", "tue"]}]},
            "[0].rates[0].days: must name each day once",
        ),
    ],
)
def test_a_mistake_is_found_where_it_is(period: dict[str, object], where: str) -> None:
    (line,) = mistakes(period)
    assert line.startswith(where)


def test_currency_and_periods_need_each_other() -> None:
    for given, missing in (
        ({"currency": "EUR"}, "tariff.periods: required with tariff.currency"),
        ({"periods": [{"from": "2026-01-01", "price": 1}]}, "tariff.currency: required with"),
    ):
        with pytest.raises(ConfigError, match=missing):
            read(**given)


def test_remarks_within_a_period_are_ignored() -> None:
    period = {"from": "2026-01-01", "price": "0.3", "_note": "the contract", "comment": "x"}
    assert read(currency="EUR", periods=[period]).tariff is not None


@pytest.mark.parametrize(
    ("amount", "text"),
    [("3.1400", "3.14"), ("100", "100"), ("0.00", "0"), ("-0", "0"), ("-1.50", "-1.5")],
)
def test_an_amount_is_written_with_the_digits_that_count(amount: str, text: str) -> None:
    assert money_text(Decimal(amount)) == text


def test_an_energy_is_the_number_its_document_shows() -> None:
    assert str(exact(0.1)) == "0.1"
    assert exact(1e-06) == Decimal("0.000001")
