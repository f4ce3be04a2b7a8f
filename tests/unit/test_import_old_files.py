"""Moving in: each form the old system ever wrote, and what becomes of it.

The files in the directory `old` are small enough to work out by hand what they say.
"""

import gzip
from pathlib import Path

import pytest
from support.aggregation import scratch
from support.moving import OLD, book, configuration, days, move, old_file

from cli.importing.report import report, told
from cli.importing.table import Column, TableOptions
from shared.documents import decode_document
from shared.errors import Refused
from shared.times import Zone

BERLIN = Zone("Europe/Berlin")
HOUSEHOLD = TableOptions(
    columns={"power": Column("Global_active_power", "kW"), "voltage": Column("Voltage")},
    time_format="%d/%m/%Y %H:%M:%S",
)

# Day -> (kWh, coverage), worked out by hand.
EXPECTED: dict[str, dict[str, tuple[float, float]]] = {
    # 300 W from 10:06:15 to 12:56:15, one reading lacks, and the last holds 25 minutes.
    "data.json": {"2025-11-05": (0.975, 11700 / 86400)},
    # Hours' means of 240 W; of one of 24 hours there is none.
    "weekly.json": {"2025-11-04": (5.52, 23 / 24)},
    # Days' means of UTC days: at 01:00 in Berlin a new one begins.
    "yearly.json": {
        "2025-11-01": (4.6, 23 / 24),
        "2025-11-02": (4.823, 1),
        "2025-11-03": (4.847, 1),
        "2025-11-04": (4.871, 1),
        "2025-11-05": (0.203, 1 / 24),
    },
    # 1200 W from 20:00, unavailable from 22:00 to 24:00, until 04:15.
    "daily.json": {"2025-12-01": (2.4, 2 / 24), "2025-12-02": (5.1, 4.25 / 24)},
    "cut.json": {"2025-12-01": (2.4, 2 / 24)},
    # Days' means of 500 W: a day of 25 hours, and one of which nothing was known.
    "monthly.json": {
        "2025-10-25": (12, 1),
        "2025-10-26": (12.5, 1),
        "2025-10-28": (12, 1),
        "2025-10-29": (12, 1),
    },
    # 0.6 kW from 08:00 to 10:25.
    "units.json": {"2025-07-01": (1.45, 145 / 1440)},
    # 600 W from 01:00 to 04:15, which is four hours and a quarter; 1200 W in the first 02:00.
    "autumn.json": {"2025-10-26": (3.15, 4.25 / 25)},
    # 3.6 kW from 17:00 to 19:25, but not from 17:40 to 17:50.
    "household.csv": {"2024-12-16": (8.1, 135 / 1440)},
}


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_each_form_becomes_the_days_it_says(name: str, tmp_path: Path) -> None:
    options = HOUSEHOLD if name.endswith(".csv") else None
    made = days(move(tmp_path, OLD / name, options=options))
    assert list(made) == list(EXPECTED[name])
    for day, known in made.items():
        assert known == pytest.approx(EXPECTED[name][day], abs=2e-6), day


def test_there_is_an_expectation_for_each_file() -> None:
    assert {path.name for path in OLD.iterdir()} == set(EXPECTED)


def test_an_old_meter_is_kept_as_a_meter_and_a_false_one_is_not(tmp_path: Path) -> None:
    outcome = move(tmp_path, OLD / "daily.json")
    assert outcome.surveys[0].meter.meter
    journal = b"".join(path.read_bytes() for path in (tmp_path / "state/journal").iterdir())
    assert journal.startswith(b"\x1f\x8b")  # compressed at once, old as it is
    with scratch() as other:
        cut = move(other, OLD / "cut.json").surveys[0]
        assert not cut.meter.meter
        assert "too few" in cut.meter.why


def test_zeros_may_be_kept_as_measurements(tmp_path: Path) -> None:
    made = days(move(tmp_path, OLD / "daily.json", keep_zeros=True))
    assert made["2025-12-01"] == pytest.approx((2.4, 4 / 24), abs=1e-5)


def test_a_table_without_known_columns_says_what_to_type(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="no column is known to be power") as refused:
        move(tmp_path, OLD / "household.csv")
    assert refused.value.hint.startswith("--map power=COLUMN:W")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "it is empty"),
        (b"[]", "it is empty"),
        (b'{"schema": 1, "data_points": []}', "it is empty"),
        (b'{"data_points": [{"timestamp": "2025-', "before there is a whole point"),
        (b'{"data_po', "it is cut at byte 9"),
        (b'[{"timestamp": "1970-01-01T00:10:00", "power": 6}]', "none of its 1 points can be used"),
    ],
)
def test_a_file_without_points_is_told_and_the_others_come_in(
    content: bytes, says: str, tmp_path: Path
) -> None:
    file = tmp_path / "yearly.json"
    file.write_bytes(content)
    outcome = move(tmp_path, OLD / "units.json", file)
    assert any(str(file) in line and says in line for line in told(outcome, BERLIN))
    assert (outcome.left_out, list(days(outcome))) == ({}, ["2025-07-01"])
    with pytest.raises(Refused, match=says):
        move(tmp_path, file)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("weekly.json", b"\0" * 4096),
        ("weekly.json", b"<html>404</html>"),
        ("weekly.json", b'{"homeassistant": {"url": "http://x"}}'),
        ("weekly.csv.gz", b"no gzip"),
        ("weekly.csv.gz", gzip.compress(b"time,power\n" * 9, mtime=0)[:-20]),
    ],
)
def test_what_nobody_can_use_is_left_out_and_the_others_come_in(
    name: str, content: bytes, tmp_path: Path
) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    outcome = move(tmp_path, file, OLD / "units.json")
    assert list(outcome.left_out) == [file]
    assert f"{file}: left out: " in "\n".join(told(outcome, BERLIN))
    assert report(outcome, BERLIN)["left_out"][0]["path"] == str(file)
    assert list(days(outcome)) == ["2025-07-01"]


def test_a_compressed_file_that_was_cut_gives_what_came_before(tmp_path: Path) -> None:
    content = gzip.compress((OLD / "data.json").read_bytes())
    (tmp_path / "data.json.gz").write_bytes(content[: len(content) - 30])
    [found] = move(tmp_path, tmp_path / "data.json.gz").surveys
    assert found.points > 5
    assert found.source.cut_at is not None


@pytest.mark.parametrize("other", ["nothing.json", "table.csv"])
def test_nothing_is_imported_while_a_mistake_can_be_mended(other: str, tmp_path: Path) -> None:
    """Means that came in alone would keep the finer file out once it can be read."""
    (tmp_path / "table.csv").write_text("when,kilowatts\n2025-05-01T10:00,3\n")
    with pytest.raises(Refused, match="nothing was imported"):
        move(tmp_path, OLD / "data.json", tmp_path / other)
    assert book(tmp_path) == {}


def test_a_bad_point_is_counted_shown_and_left_out(tmp_path: Path) -> None:
    file = tmp_path / "daily.json"
    file.write_text(
        '[{"timestamp": "2025-05-01T10:00:00Z", "power": 60},'
        ' {"timestamp": "yesterday", "power": 60},'
        ' {"timestamp": "2025-05-01T10:10:00Z", "power": NaN},'
        ' {"timestamp": "1970-01-01T00:10:00", "power": 60},'
        ' {"timestamp": "2999-01-01T00:10:00", "power": 60}]'
    )
    outcome = move(tmp_path, file)
    [found] = outcome.surveys
    assert (found.points, found.broken) == (2, 3)
    lines = list(told(outcome, BERLIN))
    where = file.read_text().index('{"timestamp": "yesterday"')
    assert f"    byte {where}: timestamp: not an ISO 8601 time: 'yesterday'" in lines
    assert days(outcome)["2025-05-01"] == pytest.approx((0.01, 600 / 86400), abs=1e-6)


def test_samples_go_before_means_of_the_same_time(tmp_path: Path) -> None:
    """Of a day with samples a mean fills only what is before the first and after the last."""
    samples = [
        {"timestamp": f"2025-05-01T{hour:02}:{minute:02}:00", "power": 1000}
        for hour in range(6, 18)
        for minute in range(0, 60, 10)
        if hour != 12
    ]
    means = [{"timestamp": f"2025-05-{day:02}T00:00:00", "power": 100} for day in (1, 2)]
    files = old_file(tmp_path / "daily.json", samples), old_file(tmp_path / "yearly.json", means)
    made = days(move(tmp_path, *files))
    # The last sample before the gap holds until 12:15, nobody speaks until 13:00.
    before, between, after = 0.6, 6.25 + 4 + 50 / 60, 0.1 * (6 + 10 / 60)
    known = before + between + after, 1 - 45 / 1440
    assert made["2025-05-01"] == pytest.approx(known, abs=1e-4)
    assert made["2025-05-02"] == pytest.approx((2.4, 1))


def test_hours_go_before_days(tmp_path: Path) -> None:
    hours = [{"timestamp": f"2025-05-01T{hour:02}:00:00", "power": 1000} for hour in range(24)]
    day = [{"timestamp": f"2025-05-{day:02}T00:00:00", "power": 100} for day in (1, 2)]
    files = [old_file(tmp_path / "weekly.json", hours), old_file(tmp_path / "monthly.json", day)]
    for order in (files, files[::-1]):
        with scratch() as directory:
            assert days(move(directory, *order))["2025-05-01"] == pytest.approx((24, 1), abs=1e-4)


def test_a_day_that_is_known_completely_stays_as_it_is(tmp_path: Path) -> None:
    """What was measured is not replaced by a mean, nor by samples that know no more."""
    full = [
        {"timestamp": f"2025-05-01T{minute // 60:02}:{minute % 60:02}:00", "power": 1000}
        for minute in range(0, 1440, 10)
    ]
    move(tmp_path, old_file(tmp_path / "daily.json", full))
    for path in (tmp_path / "state/journal").iterdir():
        path.unlink()
    other = [point | {"power": 1} for point in full]
    mean = [{"timestamp": f"2025-05-{day:02}T00:00:00", "power": 7} for day in (1, 2)]
    files = old_file(tmp_path / "data.json", other), old_file(tmp_path / "yearly.json", mean)
    outcome = move(tmp_path, *files)
    assert list(days(outcome)) == ["2025-05-02"]
    assert outcome.complete_days == 1
    assert sum(book(tmp_path).values()) == pytest.approx(24 + 0.168, abs=1e-4)


def test_a_day_known_in_part_is_replaced_by_one_known_better_only(tmp_path: Path) -> None:
    def part(name: str, hours: int, power: int) -> Path:
        stamps = [f"2025-05-01T{i // 6:02}:{i % 6}0:00" for i in range(hours * 6)]
        return old_file(tmp_path / name, [{"timestamp": t, "power": power} for t in stamps])

    for hours, power, kwh in ((6, 1000, 6.25), (3, 500, 6.25), (12, 100, 1.225)):
        move(tmp_path, part("daily.json", hours, power))
        assert sum(book(tmp_path).values()) == pytest.approx(kwh, abs=1e-4)
        for path in (tmp_path / "state/journal").iterdir():
            path.unlink()


def test_a_mean_keeps_off_a_day_that_was_measured_for_half_or_more(tmp_path: Path) -> None:
    stamps = [
        f"2025-05-0{day}T{i // 6:02}:{i % 6}0:00" for day in (1, 2) for i in range(120 // day**2)
    ]
    move(tmp_path, old_file(tmp_path / "data.json", [{"timestamp": t, "power": 9} for t in stamps]))
    for path in (tmp_path / "state/journal").iterdir():
        path.unlink()
    means = [{"timestamp": f"2025-05-{day:02}T00:00:00", "power": 100} for day in (1, 2)]
    made = days(move(tmp_path, old_file(tmp_path / "yearly.json", means)))
    assert made == {"2025-05-02": pytest.approx((2.4, 1))}


def test_a_directory_stands_for_the_files_of_the_old_system(tmp_path: Path) -> None:
    old = tmp_path / "old"
    old.mkdir()
    old_file(old / "daily.json", [{"timestamp": "2025-05-01T10:00:00Z", "power": 60}])
    (old / "index.html").write_text("x")
    assert len(move(tmp_path, old).surveys) == 1
    with pytest.raises(Refused, match=r"none of data\.json"):
        move(tmp_path, tmp_path / "state")


def test_the_last_week_gets_its_hours(tmp_path: Path) -> None:
    from shared import clock  # noqa: PLC0415 - days before the day of the test

    yesterday = BERLIN.day_start(BERLIN.day_of(clock.now())) - 6 * 3600
    stamps = [BERLIN.iso(yesterday + 600 * i) for i in range(6)]
    points = [{"timestamp": stamp, "power": {"value": 1.2, "unit": "kW"}} for stamp in stamps]
    move(tmp_path, old_file(tmp_path / "data.json", points))
    weekly = decode_document((tmp_path / "data/weekly.json").read_bytes(), "weekly")
    assert weekly.buckets[0].energy_kwh == pytest.approx(1.2, abs=1e-5)


def test_the_report_is_the_same_for_programs_and_people(tmp_path: Path) -> None:
    outcome = move(tmp_path, OLD / "data.json", dry_run=True)
    lines, document = list(told(outcome, BERLIN)), report(outcome, BERLIN)
    sentence = (
        "1 days would be new; 17 readings would be new, 0 here already. "
        "Nothing was written: this was a dry run."
    )
    assert lines == [
        f"{OLD / 'data.json'}: 17 points, 2025-11-05T11:06 to 2025-11-05T13:56",
        "  17 samples every 10 min: power",
        "2025-11-05: 0.975 kWh, 13.5 % of it known",
        sentence,
    ]
    assert document["days"] == [
        {"date": "2025-11-05", "was": None, "is": {"energy_kwh": 0.975, "coverage": 0.135417}}
    ]
    assert document["files"][0]["spacing_seconds"] == 600
    assert configuration(tmp_path).paths.state_dir.exists() is False
