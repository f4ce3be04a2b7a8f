"""The laws of corrections at the remote: a union, whatever the order and however often."""

from pathlib import Path
from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from services.aggregator.ledger import Ledger
from services.syncer.corrections import union
from shared.times import Zone

MADE = st.integers(0, 3).map(lambda second: f"2026-11-22T09:00:0{second}+00:00")
RECORDS = st.lists(
    st.builds(
        lambda made, day: {"made": made, "date": f"2026-06-0{day}", "drop": True},
        MADE,
        st.integers(1, 3),
    ),
    max_size=6,
)


def lines(records: list[dict[str, Any]]) -> bytes:
    return b"".join(orjson.dumps(record) + b"\n" for record in records)


@given(RECORDS, RECORDS, RECORDS)
def test_a_union_does_not_depend_on_who_comes_first_or_how_often(
    one: list[dict[str, Any]], two: list[dict[str, Any]], three: list[dict[str, Any]]
) -> None:
    a, b, c = lines(one), lines(two), lines(three)
    assert union(a, b) == union(b, a) == union(a, b, a)
    assert union(union(a, b), c) == union(a, union(b, c))
    records = [orjson.loads(line) for line in union(a, b).splitlines()]
    assert [record["made"] for record in records] == sorted(record["made"] for record in records)
    assert all(record in records for record in (*one, *two))


def test_what_a_later_version_wrote_is_kept_for_it() -> None:
    later = b'{"made":"2030-01-01T00:00:00+00:00","what":"else"}\n'
    assert later in union(later, lines([{"made": "2026-11-22T09:00:00+00:00"}]))


def test_a_ledger_replays_in_order_of_making_whatever_the_order_of_lines(tmp_path: Path) -> None:
    early = {"made": "2026-11-22T09:00:00+00:00", "date": "2026-06-01", "drop": True}
    bucket = {"timestamp": "2026-06-01T00:00:00+02:00", "energy_kwh": 3.0}
    late = {"made": "2026-11-22T10:00:00+00:00", "date": "2026-06-01", "bucket": bucket}
    orders: list[list[dict[str, Any]]] = [[early, late], [late, early]]
    for records in orders:
        path = tmp_path / "corrections.jsonl"
        path.write_bytes(lines(records))
        ledger = Ledger(path, Zone("Europe/Berlin"))
        ledger.load()
        (last,) = ledger.of_days().values()
        assert last.bucket
        assert last.bucket.energy_kwh == 3.0
