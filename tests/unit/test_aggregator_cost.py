"""Cost in the four files, through all that happens to a house and its tariff."""

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from support.aggregation import TIERS, House, scratch, span, spans, without_last_update

DAY = "2026-11-20"
Tariff = dict[str, Any]


def one_price(price: str, **more: Any) -> Tariff:
    return {"currency": "EUR", "periods": [{"from": "2026-01-01", "price": price, **more}]}


def two_rates(at: str, morning: str = "0.20", evening: str = "0.40", **more: Any) -> Tariff:
    """Return a tariff with a price before a time of day and another after it."""
    rates = [
        {"price": morning, "hours": f"00:00-{at}"},
        {"price": evening, "hours": f"{at}-24:00"},
    ]
    return {"currency": "EUR", "periods": [{"from": "2026-01-01", "rates": rates, **more}]}


def lived(directory: Path, tariff: Tariff | None, *, power: float = 1200, day: str = DAY) -> House:
    """Return a house that used as much all day, looked at on the next."""
    house = House(directory, tariff=tariff)
    start = house.midnight(day)
    house.at(start + 86400 + 3600).take(*spans(house.zone, start, start + 86400, power))
    return house.settle()


def later(house: House, tariff: Tariff | None, days: int = 0) -> House:
    """Return the same house after its tariff was changed, some days later."""
    house.aggregator.close()
    now = house.now + days * 86400
    return House(house.data.parent, tariff=tariff, now=now).settle()


def forgotten(house: House) -> House:
    """Let the readings of the past be gone: only the book has them."""
    house.aggregator.close()
    for file in (house.state / "journal").iterdir():
        file.unlink()
    return house


def cost(house: House, tier: str = "monthly", start: str = DAY) -> Decimal | None:
    found = house.point(tier, start)["cost"]
    return None if found is None else Decimal(found)


def test_without_a_tariff_no_file_says_a_word_of_cost(tmp_path: Path) -> None:
    house = lived(tmp_path, None)
    files = [house.path(tier) for tier in TIERS] + list((house.state / "book").iterdir())
    for word in ("cost", "currency", "base_fee", "energy_kwh_from"):
        assert not any(word in file.read_text() for file in files)


def test_a_tariff_changes_nothing_else_in_the_files(tmp_path: Path) -> None:
    def bare(house: House, tier: str) -> str:
        document = house.document(tier)
        document.pop("currency", None)
        for point in [*document["data_points"], document.get("today") or {}]:
            for key in ("cost", "base_fee", "energy_kwh_from"):
                point.pop(key, None)
        return without_last_update(document)

    with scratch() as other:
        without, with_one = lived(other, None), lived(tmp_path, two_rates("06:30"))
        assert {tier: bare(with_one, tier) for tier in TIERS} == without.documents()


def test_every_bucket_tells_its_cost_today_s_too(tmp_path: Path) -> None:
    house = lived(tmp_path, two_rates("06:30", base_fee_per_day="0.35"))
    assert {house.document(tier)["currency"] for tier in TIERS} == {"EUR"}
    assert cost(house, "weekly", f"{DAY}T05") == Decimal("0.24")
    assert cost(house, "weekly", f"{DAY}T06") == Decimal("0.36")  # 0.6 kWh of each price
    assert cost(house, "weekly", f"{DAY}T07") == Decimal("0.48")
    assert cost(house) == Decimal("7.8") + Decimal("8.4") - Decimal("6.24") + Decimal("0.35")
    assert house.point("yearly", DAY) == house.point("monthly", DAY)
    start = house.midnight("2026-11-21")
    house.at(start + 7 * 3600).take(*spans(house.zone, start, start + 7 * 3600, 1200))
    today = house.settle().document("daily")["today"]
    assert today["energy_kwh_from"] == {"00:00": 7.8, "06:30": 0.6}
    assert Decimal(today["cost"]) == Decimal("1.56") + Decimal("0.24") + Decimal("0.35")


def test_a_partial_day_costs_its_known_energy_and_the_whole_base_fee(tmp_path: Path) -> None:
    house = House(tmp_path, tariff=one_price("0.30", base_fee_per_day="0.50"))
    start = house.midnight(DAY)
    house.at(start + 90000).take(span(house.zone, start + 7200, 3600, 1000))
    house.settle()
    point = house.point("monthly", DAY)
    assert (point["coverage"], point["cost"], point["base_fee"]) == (0.041667, "0.8", "0.5")


def test_a_day_of_which_only_another_metric_is_known_has_no_cost(tmp_path: Path) -> None:
    house = House(tmp_path, tariff=one_price("0.30", base_fee_per_day="0.50"))
    start = house.midnight(DAY)
    reading = {"timestamp": house.zone.iso(start + 3600), "power": None, "units": {"voltage": "V"}}
    interval = {"seconds": 3600, "voltage": {"mean": 231, "min": 230, "max": 232}}
    house.at(start + 90000)
    house.ask("import", readings=[{**reading, "voltage": 231, "interval": interval}])
    house.settle()
    point = house.point("monthly", DAY)
    assert point["cost"] is None
    assert "base_fee" not in point
    assert house.points("yearly") == [point]  # and a day without any data is no point at all


def test_export_is_credited_and_may_make_a_day_negative(tmp_path: Path) -> None:
    house = lived(tmp_path, one_price("0.30", export_price="0.08"), power=-1200)
    assert cost(house) == Decimal("-2.304")


def test_a_day_before_the_first_price_has_none(tmp_path: Path) -> None:
    tariff = {"currency": "EUR", "periods": [{"from": "2026-11-21", "price": "0.30"}]}
    assert cost(lived(tmp_path, tariff)) is None


def test_a_price_entered_late_is_right_for_days_that_only_the_book_has(tmp_path: Path) -> None:
    house = forgotten(lived(tmp_path, None))
    assert cost(later(house, one_price("0.30"), days=20)) == Decimal("28.8") * Decimal("0.30")


def test_other_prices_at_the_same_times_are_right_for_days_that_only_the_book_has(
    tmp_path: Path,
) -> None:
    house = forgotten(lived(tmp_path, two_rates("06:30")))
    found = cost(later(house, two_rates("06:30", "0.10", "0.50"), days=20))
    assert found == Decimal("7.8") * Decimal("0.1") + Decimal(21) * Decimal("0.5")


def test_other_times_are_unknown_for_days_that_only_the_book_has(tmp_path: Path) -> None:
    house = forgotten(lived(tmp_path, two_rates("06:30")))
    assert cost(later(house, two_rates("07:30"), days=20)) is None


@pytest.mark.parametrize("before", [None, one_price("0.30"), two_rates("06:30")])
def test_other_times_are_right_where_there_are_readings(
    tmp_path: Path, before: Tariff | None
) -> None:
    house = later(lived(tmp_path, before), two_rates("07:30"))
    assert cost(house) == Decimal(9) * Decimal("0.2") + Decimal("19.8") * Decimal("0.4")
    assert cost(house, "weekly", f"{DAY}T07") == Decimal("0.6") * Decimal("0.6")


def test_without_the_tariff_again_the_files_are_as_they_were(tmp_path: Path) -> None:
    with scratch() as other:
        never = lived(other, None).documents()
    house = later(forgotten(lived(tmp_path, two_rates("06:30"))), None)
    assert house.document("monthly") == json.loads(never["monthly"]) | {
        "last_update": house.document("monthly")["last_update"]
    }
    assert house.documents()["yearly"] == never["yearly"]


def test_the_same_tariff_writes_nothing_anew(tmp_path: Path) -> None:
    tariff = two_rates("06:30", base_fee_per_day="0.35")
    house = lived(tmp_path, tariff)
    before = house.files()
    again = later(house, tariff)
    again.aggregator.rollups.run(again.now)
    assert again.files() == before
    assert again.announced == []


def test_another_price_changes_the_files_and_says_so(tmp_path: Path) -> None:
    house = later(lived(tmp_path, one_price("0.30")), one_price("0.31"))
    assert {update.tier for update in house.announced} == {"weekly", "monthly", "yearly"}


def test_a_remote_copy_that_differs_in_cost_alone_changes_nothing(tmp_path: Path) -> None:
    house = lived(tmp_path, two_rates("06:30"))
    before = house.files()
    theirs: dict[str, Any] = house.document("yearly")
    theirs["data_points"][0] |= {"cost": "99", "energy_kwh_from": {"00:00": 20.8, "12:00": 8}}
    without: dict[str, Any] = house.document("yearly")  # as it was pushed before the tariff
    del without["data_points"][0]["cost"]
    for base in (None, house.document("yearly"), without, theirs):
        given = {} if base is None else {"base": base}
        answer = house.ask("merge", tier="yearly", document=theirs, reason="restore", **given)
        assert answer["changed"] == []
    assert house.files() == before


@pytest.mark.parametrize(("tariff", "expected"), [(one_price("0.30"), "2.4"), (None, None)])
def test_a_restored_day_without_cost_has_one_where_one_price_held(
    tmp_path: Path, tariff: Mapping[str, Any] | None, expected: str | None
) -> None:
    house = House(tmp_path, tariff=tariff or two_rates("06:30"))
    house.at(house.midnight("2026-11-21") + 7200).settle()
    bucket = {"timestamp": house.zone.iso(house.midnight(DAY)), "energy_kwh": 8}
    house.ask("import", buckets=[bucket])
    assert house.point("monthly", DAY)["cost"] == expected


def test_a_restored_day_brings_the_parts_its_cost_is_made_of(tmp_path: Path) -> None:
    with scratch() as other:
        old = lived(other, two_rates("06:30"))
        remote, expected = old.document("yearly"), cost(old)
    house = House(tmp_path, tariff=two_rates("06:30"))
    house.at(old.now).settle()
    house.ask("merge", tier="yearly", document=remote, reason="restore")
    assert cost(house) == expected


def test_parts_that_do_not_add_up_to_a_corrected_day_are_not_believed(tmp_path: Path) -> None:
    house = later(forgotten(lived(tmp_path, two_rates("06:30"))), two_rates("06:30"), days=1)
    bucket = {**house.point("yearly", DAY), "energy_kwh": 5}
    house.ask("correct", date=DAY, bucket=bucket)
    assert cost(house) is None
    assert "energy_kwh_from" not in house.point("yearly", DAY)
