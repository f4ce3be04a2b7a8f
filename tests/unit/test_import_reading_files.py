"""Old files read point by point: lists cut and damaged, times that come twice, tables."""

import json
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.moving import ZONE

from cli.importing.cover import Cover
from cli.importing.elements import Elements
from cli.importing.points import Broken, Point, decode_point
from cli.importing.source import Source
from cli.importing.stamps import Stamps
from cli.importing.table import Column, TableOptions, columns_of
from shared.errors import BadInput

BERLIN = ZoneInfo("Europe/Berlin")


def elements(content: bytes, size: int = 7) -> tuple[list[tuple[int, bytes]], int | None]:
    """Split a file that comes in pieces of `size` bytes."""
    found = Elements(content[at : at + size] for at in range(0, len(content), size))
    return list(found), found.cut_at


def decoded(text: str) -> Point:
    point = decode_point(0, text.encode())
    assert isinstance(point, Point), point
    return point


def why(text: str) -> str:
    point = decode_point(0, text.encode())
    assert isinstance(point, Broken)
    return point.why


# Elements

TEXTS = st.text(st.characters(codec="utf-8"), max_size=8)
POINTS = st.lists(
    st.fixed_dictionaries(
        {"timestamp": TEXTS, "power": st.integers() | st.fixed_dictionaries({"value": TEXTS})}
    ),
    max_size=5,
)


@given(POINTS, st.integers(1, 40), st.sampled_from([None, 2]), st.sampled_from(["list", "object"]))
def test_a_list_comes_back_point_by_point(
    points: list[object], size: int, indent: int | None, form: str
) -> None:
    document = {"last": "x", "data_points": points, "z": {}} if form == "object" else points
    content = json.dumps(document, indent=indent).encode()
    found, cut_at = elements(content, size)
    assert [json.loads(text) for _, text in found] == points
    assert all(content[at : at + len(text)] == text for at, text in found)
    assert cut_at is None


@given(st.integers(0, 200), st.integers(1, 40))
def test_of_a_cut_file_all_whole_points_are_found(length: int, size: int) -> None:
    points = [{"timestamp": f"2025-05-01T10:0{i}:00", "power": {"value": i}} for i in range(4)]
    whole = json.dumps(points).encode()
    content = b"[" + whole[1 : 1 + min(length, len(whole) - 2)]
    found, cut_at = elements(content, size)
    assert [json.loads(text) for _, text in found] == points[: content.count(b"}}")]
    assert cut_at is not None


def test_a_damaged_stretch_costs_only_the_points_in_it() -> None:
    first, third = b'{"timestamp": "a", "power": 1', b'{"timestamp": "c", "power": 3}'
    found, cut_at = elements(
        b"[" + first + b',\n {"timestamp": "b"}, \0\0\0\0 ' + third + b", 17, " + third + b"]"
    )
    assert [text for _, text in found if text.endswith(b"}") and text[0:1] == b"{"] == [
        b'{"timestamp": "b"}',
        third,
        third,
    ]
    assert len(found) == 6
    assert cut_at is None


def test_one_object_a_line_will_do() -> None:
    found, cut_at = elements(b'{"timestamp": "a"}\n{"timestamp": "b"}\n')
    assert ([text for _, text in found], cut_at) == (
        [b'{"timestamp": "a"}', b'{"timestamp": "b"}'],
        None,
    )


@pytest.mark.parametrize("content", [b"{}", b"<html>", b'{"data_points": null}'])
def test_what_is_no_file_of_points_says_so(content: bytes) -> None:
    with pytest.raises(BadInput):
        elements(content)


@pytest.mark.parametrize("content", [b"", b" \n", b"[]", b'{"data_points": []}'])
def test_an_empty_file_has_no_points(content: bytes) -> None:
    assert elements(content) == ([], None)


def test_a_file_cut_before_its_first_point_ends_has_none_and_says_where() -> None:
    whole = b'{"last_update": null, "data_points": [{"timestamp": "a"'
    cuts = [elements(whole[:length]) for length in range(1, len(whole))]
    assert all(not found for found, _ in cuts)
    assert all(cut_at is not None for _, cut_at in cuts)


# Points


def test_each_form_of_a_point_is_understood() -> None:
    stamp = '"timestamp": "2025-11-05T10:00:00Z"'
    assert decoded(f'{{{stamp}, "value": 1.5, "unit": "kW"}}').values == {"power": 1500}
    flat = decoded(f'{{{stamp}, "power": "412.5", "voltage": "unavailable", "note": "x"}}')
    assert flat.values == {"power": 412.5, "voltage": None}
    nested = decoded(f'{{{stamp}, "power": {{"value": 2, "unit": "W"}}, "x": {{"value": null}}}}')
    assert (nested.values, nested.units) == ({"power": 2, "x": None}, {"power": "W"})
    assert nested.moment == 1762336800.0
    assert decoded('{"timestamp": 1762336800000, "power": 1}').moment == 1762336800.0
    assert decoded('{"timestamp": "2025-11-05T10:00:00", "power": NaN}').values == {"power": None}


def test_what_is_no_point_says_why() -> None:
    stamp = '"timestamp": "2025-11-05T10:00:00Z"'
    assert "not JSON" in why(f'{{{stamp}, "power": }}')
    assert "neither a text nor a number" in why('{"power": 3}')
    assert "no metric" in why(f"{{{stamp}}}")
    assert "unit 'V'" in why(f'{{{stamp}, "value": 231, "unit": "V"}}')
    assert "an hour or a day" in why(f'{{{stamp}, "power": {{"mean": 3}}, "coverage": 1}}')


def test_a_reading_of_this_monitor_keeps_its_interval() -> None:
    text = (
        '{"timestamp": "2025-11-05T10:00:00Z", "power": 1, "interval": '
        '{"seconds": 600, "power": {"mean": 5, "min": 1, "max": 9}}}'
    )
    own = decoded(text).own
    assert own
    assert own.interval
    assert own.interval.seconds == 600


# Times


def instants(texts: list[str], spacing_s: float, *, backwards: bool = False) -> list[str]:
    stamps = Stamps(BERLIN, spacing_s, backwards=backwards)
    times = [stamps.instant(datetime.fromisoformat(f"2025-10-26T{text}")) for text in texts]
    return [datetime.fromtimestamp(time, BERLIN).strftime("%H:%M%z") for time in times]


def test_the_hour_that_comes_twice_is_told_by_the_order_of_the_file() -> None:
    texts = ["01:30", "02:00", "02:30", "02:00", "02:30", "03:00"]
    offsets = ["+0200"] * 3 + ["+0100"] * 3
    assert [text[-5:] for text in instants(texts, 1800)] == offsets
    assert [text[-5:] for text in instants(texts, 0)] == offsets
    back = instants(texts[::-1], 1800, backwards=True)
    assert [text[-5:] for text in back] == offsets[::-1]


def test_a_file_sorted_by_its_texts_mixes_both_passes_of_the_hour() -> None:
    texts = ["01:50", "02:00:05", "02:00:09", "02:10:05", "02:10:09", "03:00"]
    offsets = ["+0200", "+0200", "+0100", "+0200", "+0100", "+0100"]
    assert [text[-5:] for text in instants(texts, 600)] == offsets


# Cover


def test_a_mean_gets_only_what_is_around_finer_points() -> None:
    cover = Cover()
    cover.note(50_000, 60_000)
    cover.note(20_000, 20_000)
    cover.note(22_000, 22_500)
    assert cover.left_of(0, 86_400) == [(0, 20_000), (60_000, 86_400)]
    assert cover.left_of(0, 20_030) == [(0, 20_000)]
    assert cover.left_of(20_000, 60_000) == []
    assert cover.left_of(70_000, 80_000) == [(70_000, 80_000)]
    assert cover.left_of(30_000, 40_000) == [(30_000, 40_000)]


# Tables


def rows(tmp_path: Path, text: str, **options: object) -> list[Point | Broken]:
    file = tmp_path / "table.csv"
    file.write_text(text)
    return list(Source(file, TableOptions(**options), lambda _count: None).points())  # type: ignore[arg-type]


def test_columns_with_their_units_in_the_heading_are_found(tmp_path: Path) -> None:
    [point] = rows(tmp_path, "Timestamp,Power (kW),voltage_v,Room\n2025-05-01T10:00,1.5,231,hall\n")
    assert isinstance(point, Point)
    assert point.values == {"power": 1500, "voltage": 231}


def test_decimal_commas_dates_and_marks_for_unknown_are_understood(tmp_path: Path) -> None:
    text = "Date;Time;P;U\n31.12.2024;23:50;1.234,5;-\n31.12.2024;23:55;x;1\nshort\n"
    columns = columns_of(["power=P", "voltage=U:V"])
    point, bad, short = rows(tmp_path, text, columns=columns)
    assert isinstance(point, Point)
    assert (point.values, point.moment) == (
        {"power": 1234.5, "voltage": None},
        datetime(2024, 12, 31, 23, 50),  # noqa: DTZ001 - local time, as the file has it
    )
    assert bad == Broken(3, "power: not a number: 'x'")
    assert short == Broken(4, "1 cells, the first line has 4")


def test_columns_can_be_named_by_number_and_times_by_format(tmp_path: Path) -> None:
    [point] = rows(
        tmp_path,
        "a\tb\n12/31/2024 23:50\t5\n",
        columns={"power": Column("2")},
        times=("1",),
        time_format="%m/%d/%Y %H:%M",
    )
    assert isinstance(point, Point)
    assert point.values == {"power": 5}


@pytest.mark.parametrize(
    ("text", "options", "hint"),
    [
        ("when,power\n1,2\n", {}, "--time COLUMN: when, power"),
        ("time,kilowatts\n1,2\n", {}, "--map power=COLUMN:W"),
        ("time,p\n1,2\n", {"columns": {"power": Column("q")}}, "its columns: time, p"),
        ("just text\n", {}, "head -c 200"),
    ],
)
def test_a_table_that_is_not_understood_says_what_to_type(
    text: str, options: dict[str, object], hint: str, tmp_path: Path
) -> None:
    with pytest.raises(BadInput) as error:
        rows(tmp_path, text, **options)
    assert error.value.hint.startswith(hint)


def test_a_wrong_map_is_refused() -> None:
    with pytest.raises(BadInput, match="METRIC=COLUMN"):
        columns_of(["power"])


def test_the_zone_of_the_tests_is_the_one_they_speak_of() -> None:
    assert ZONE.name == BERLIN.key
