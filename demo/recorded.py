"""The recorded house: one row a minute, read from the file beside this package."""

import csv
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import NamedTuple

RECORDING = Path(__file__).parent / "data" / "uci_household_power.csv"
FULL_DAYS = ("2007-02-01", "2007-02-02")
RECORDED_ZONE = "Europe/Paris"
WATTS_PER_KILOWATT = 1000


class Row(NamedTuple):
    """One minute of the house, `seconds` after local midnight."""

    seconds: int
    watts: float
    volts: float
    amps: float


@cache
def recorded_rows(day: str) -> tuple[Row, ...]:
    """Return the rows of a recorded local day such as "2007-02-01", in order.

    2007-02-01 and 2007-02-02 have all 1440 minutes; 2006-12-16 begins at 17:24 and 2006-12-17
    has a gap. A row holds until the next one. Any other day is empty.
    """
    with RECORDING.open(encoding="utf-8", newline="") as file:
        return tuple(_row(line) for line in csv.DictReader(file) if line["timestamp"][:10] == day)


def _row(line: dict[str, str]) -> Row:
    at = datetime.fromisoformat(line["timestamp"])
    return Row(
        seconds=at.hour * 3600 + at.minute * 60 + at.second,
        watts=round(float(line["power_kw"]) * WATTS_PER_KILOWATT, 3),
        volts=float(line["voltage_v"]),
        amps=float(line["current_a"]),
    )
