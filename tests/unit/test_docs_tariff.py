"""docs/tariff.md: its worked example, by hand from the recording and through the whole pipeline."""

import csv
import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

from support.aggregation import House

from demo.recorded import RECORDED_ZONE, RECORDING, recorded_rows
from shared.config import parse
from shared.reading import decode_reading

PAGE = (Path(__file__).parents[2] / "docs" / "tariff.md").read_text(encoding="utf-8")
DAY = "2007-02-02"
HOME_ASSISTANT = {"url": "http://h", "token": "t", "entities": {"power": "sensor.x"}}


def block(name: str) -> Any:
    match = re.search(rf"<!-- {name} -->\n```json\n(.*?)```", PAGE, re.DOTALL)
    assert match, name
    return json.loads(match[1])


def test_the_day_in_the_page_is_what_the_aggregator_makes_of_the_recording(tmp_path: Path) -> None:
    house = House(tmp_path, zone=RECORDED_ZONE, tariff=block("tariff of the worked example"))
    start = house.midnight(DAY)
    readings = [
        decode_reading(
            {"timestamp": house.zone.iso(start + row.seconds), "power": row.watts},
            frozenset(),
            150.0,
        )
        for row in recorded_rows(DAY)
    ]
    house.at(start + 86400 + 1800).take(*readings)
    house.settle()
    assert house.point("yearly", DAY) == block("day of the worked example")


def test_the_sum_in_the_page_is_that_of_the_recorded_minutes() -> None:
    kilowatts = {True: Decimal(0), False: Decimal(0)}
    with RECORDING.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["timestamp"].startswith(DAY):
                kilowatts["06:00" <= row["timestamp"][11:16] < "22:00"] += Decimal(row["power_kw"])
    micro = Decimal("0.000001")
    by_day, by_night = ((kilowatts[at] / 60).quantize(micro) for at in (True, False))
    rows = re.findall(r"\| ([\d.]+) kWh \| ([\d.]+) \| ([\d.]+) \|", PAGE)
    assert [Decimal(kwh) for kwh, _, _ in rows] == [by_day, by_night]
    assert all(Decimal(kwh) * Decimal(price) == Decimal(paid) for kwh, price, paid in rows)
    point = block("day of the worked example")
    total = sum(Decimal(paid) for _, _, paid in rows) + Decimal(point["base_fee"])
    assert Decimal(point["cost"]) == total


def test_every_tariff_in_the_page_can_be_used() -> None:
    for found in re.findall(r"```json\n(\{.*?)```", PAGE, re.DOTALL):
        raw = json.loads(found)
        if "periods" in raw:
            assert parse({"home_assistant": HOME_ASSISTANT, "tariff": raw}, {}).tariff
