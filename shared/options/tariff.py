"""The options of `tariff`."""

from shared import tariff_checks as check
from shared.option import Option, Section

SECTION = Section(
    "tariff",
    "What energy costs; docs/tariff.md explains it. Without this section no cost is told.",
    optional=True,
)

OPTIONS = (
    Option(
        "tariff.currency",
        check.currency,
        "The currency of all amounts, as three letters of ISO 4217.",
        default_text="off",
        example="EUR",
    ),
    Option(
        "tariff.periods",
        check.periods,
        "Prices from a date on, the oldest first, each until the next: `from`; `price` of a kWh, "
        "or `rates`, a list of `price`, `hours` of wall time and `days`, that has one price for "
        "each minute of the week; `base_fee_per_day`; `export_price` of a kWh given away. Amounts "
        'are decimal texts such as `"0.3127"`, with at most 6 digits after the point.',
        default_text="none",
        unit="currency",
        example=[
            {"from": "2026-01-01", "price": "0.3127", "base_fee_per_day": "0.35"},
            {
                "from": "2026-07-01",
                "rates": [
                    {"price": "0.3389", "hours": "06:00-22:00"},
                    {"price": "0.2412", "hours": "22:00-06:00"},
                ],
                "base_fee_per_day": "0.35",
                "export_price": "0.0786",
            },
        ],
        written=check.written,
    ),
)
