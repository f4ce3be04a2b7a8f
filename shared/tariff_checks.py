"""What `tariff.periods` of config.json may be, from what JSON gave to periods; and back.

All mistakes are found together, each with its path within the value.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

from shared.errors import BadInput, BadInputs
from shared.option_checks import is_comment, matching
from shared.tariff import DAY_MINUTES, WEEKDAYS, Period, Rate, Span, exact
from shared.times import parse_date

_PRICE = re.compile(r"-?[0-9]{1,7}(\.[0-9]{1,6})?")
_TIMES = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)-([01]?\d|2[0-4]):([0-5]\d)", re.ASCII)
_MOST_PERIODS = 1000
_MOST_RATES = 100
_SHOWN_SPANS = 3
_PERIOD_KEYS = ("from", "price", "rates", "base_fee_per_day", "export_price")
_RATE_KEYS = ("price", "hours", "days")
_WHOLE_DAY: tuple[Span, ...] = ((0, DAY_MINUTES),)
_ALL_DAYS = tuple(range(len(WEEKDAYS)))

currency = matching(
    re.compile(r"[A-Z]{3}"), "must be three capital letters of ISO 4217, such as EUR"
)


def periods(value: object) -> tuple[Period, ...]:
    """Check the list of periods; raises BadInputs with all that is wrong."""
    wrong = BadInputs()
    if not isinstance(value, list) or not 1 <= len(value) <= _MOST_PERIODS:
        raise BadInput('must be a list of periods: [{"from": "2026-01-01", "price": "0.3127"}]')
    found = [_period(item, f"[{at}]", wrong) for at, item in enumerate(value)]
    for at, (before, after) in enumerate(pairwise(found), 1):
        if date.min not in (before.since, after.since) and before.since >= after.since:
            wrong.add(f"[{at}].from", f"must be later than the period's before, {before.since}")
    if wrong.found:
        raise wrong
    return tuple(found)


def _period(value: object, path: str, wrong: BadInputs) -> Period:
    given = _members(value, path, _PERIOD_KEYS, wrong)
    if "from" not in given:
        wrong.add(f"{path}.from", "required, as a date such as 2026-01-01")
    if ("price" in given) == ("rates" in given):
        wrong.add(path, 'needs either "price" or "rates"')
    rates = given.get("rates")
    read = _reader(given, path, wrong)
    return Period(
        since=read("from", parse_date, date.min),
        rates=_rates(rates, f"{path}.rates", wrong)
        if rates is not None
        else (Rate(read("price", cost, Decimal(0))),),
        base_fee=read("base_fee_per_day", cost, Decimal(0)),
        export_price=read("export_price", _amount, Decimal(0)),
    )


def _rates(value: object, path: str, wrong: BadInputs) -> tuple[Rate, ...]:
    if not isinstance(value, list) or not 1 <= len(value) <= _MOST_RATES:
        wrong.add(path, 'must be a list: [{"price": "0.24", "hours": "22:00-06:00"}, ...]', value)
        return ()
    before = len(wrong.found)
    rates = tuple(_rate(item, f"{path}[{at}]", wrong) for at, item in enumerate(value))
    if len(wrong.found) == before:
        for reason in _coverage(rates):
            wrong.add(path, reason)
    return rates


def _rate(value: object, path: str, wrong: BadInputs) -> Rate:
    given = _members(value, path, _RATE_KEYS, wrong)
    if "price" not in given:
        wrong.add(f"{path}.price", "required")
    read = _reader(given, path, wrong)
    return Rate(
        price=read("price", cost, Decimal(0)),
        hours=read("hours", _hours, _WHOLE_DAY),
        days=read("days", _days, _ALL_DAYS),
    )


def _members(
    value: object, path: str, known: tuple[str, ...], wrong: BadInputs
) -> dict[str, object]:
    """Return an object's members that are given; what is no object, or unknown, is reported."""
    if not isinstance(value, dict):
        wrong.add(path, "must be an object {...}", value)
        return dict.fromkeys(("from", "price"))  # one mistake is enough
    for key in getattr(value, "twice", ()):
        wrong.add(f"{path}.{key}", "given twice")
    given = {key: item for key, item in value.items() if not is_comment(key) and item is not None}
    for key in sorted(given.keys() - set(known)):
        wrong.add(f"{path}.{key}", f"unknown key, known are {', '.join(known)}")
    return given


def _reader(
    given: dict[str, object], path: str, wrong: BadInputs
) -> Callable[[str, Callable[[object], Any], Any], Any]:
    """Return what checks one member, or reports it and goes on with what stands in."""

    def read(key: str, check: Callable[[object], Any], otherwise: Any) -> Any:
        if given.get(key) is None:
            return otherwise
        try:
            return check(given[key])
        except BadInput as error:
            wrong.add(f"{path}.{key}", str(error), given[key])
            return otherwise

    return read


def _amount(value: object) -> Decimal:
    """Check an amount of money: a decimal text, or a number as it is written."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise BadInput('must be an amount such as "0.3127"')
    text = value if isinstance(value, str) else format(exact(value), "f")
    if not _PRICE.fullmatch(text):
        raise BadInput('must be an amount such as "0.3127", with at most 6 digits after the point')
    return Decimal(text)


def cost(value: object) -> Decimal:
    """Check what is to be paid."""
    amount = _amount(value)
    if amount < 0:
        raise BadInput("must be >= 0")
    return amount


def _hours(value: object) -> tuple[Span, ...]:
    spans = [span for text in _listed(value) for span in _span(text)]
    if any(later < end for (_, end), (later, _) in pairwise(sorted(spans))):
        raise BadInput("must not overlap")
    return tuple(sorted(spans))


def _span(text: object) -> Iterator[Span]:
    match = _TIMES.fullmatch(text) if isinstance(text, str) else None
    numbers = [int(number) for number in match.groups()] if match else [0, 0, 0, 0]
    first, end = numbers[0] * 60 + numbers[1], numbers[2] * 60 + numbers[3]
    if first == end or first >= DAY_MINUTES or end > DAY_MINUTES:
        raise BadInput('must be wall times such as "06:00-22:00", or a list')
    if first < end:
        yield first, end
        return
    yield first, DAY_MINUTES
    if end:
        yield 0, end


def _days(value: object) -> tuple[int, ...]:
    days = [day for text in _listed(value) for day in _weekdays(text)]
    if len(set(days)) < len(days):
        raise BadInput("must name each day once")
    return tuple(sorted(days))


def _weekdays(text: object) -> list[int]:
    first, dash, last = text.partition("-") if isinstance(text, str) else ("", "", "")
    if first not in WEEKDAYS or (last if dash else first) not in WEEKDAYS:
        raise BadInput(f'must be of {", ".join(WEEKDAYS)}, such as "mon-fri", or a list')
    begin, end = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
    return [day % 7 for day in range(begin, end + 1 + (7 if end < begin else 0))]


def _listed(value: object) -> list[object]:
    items = value if isinstance(value, list) else [value]
    if not items:
        raise BadInput("must not be empty")
    return items


def _coverage(rates: tuple[Rate, ...]) -> Iterator[str]:
    """Yield what is wrong where a minute of the week has no price, or more than one."""
    edges = sorted(
        {0, DAY_MINUTES, *(edge for rate in rates for span in rate.hours for edge in span)}
    )
    spans: dict[tuple[int, ...], list[str]] = {}
    for day, name in enumerate(WEEKDAYS):
        for first, end in pairwise(edges):
            of = tuple(at for at, rate in enumerate(rates) if _applies(rate, day, first))
            spans.setdefault(of, []).append(f"{name} {clock(first)}-{clock(end)}")
    for of, where in spans.items():
        shown = ", ".join(where[:_SHOWN_SPANS]) + (", ..." if len(where) > _SHOWN_SPANS else "")
        if not of:
            yield f"no price for {shown}"
        elif len(of) > 1:
            yield f"more than one price for {shown}: {' and '.join(f'rates[{at}]' for at in of)}"


def _applies(rate: Rate, day: int, minute: int) -> bool:
    return day in rate.days and any(first <= minute < end for first, end in rate.hours)


def clock(minute: int) -> str:
    """Write a minute of the day: 06:00."""
    return f"{minute // 60:02}:{minute % 60:02}"


def written(value: tuple[Period, ...] | None) -> object:
    """Return periods as the configuration writes them."""
    return None if value is None else [_written_period(period) for period in value]


def _written_period(period: Period) -> dict[str, object]:
    return {
        "from": period.since.isoformat(),
        "rates": [
            {
                "price": str(rate.price),
                "hours": [f"{clock(first)}-{clock(end)}" for first, end in rate.hours],
                "days": [WEEKDAYS[day] for day in rate.days],
            }
            for rate in period.rates
        ],
        "base_fee_per_day": str(period.base_fee),
        "export_price": str(period.export_price),
    }
