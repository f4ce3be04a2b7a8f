"""Decoders of the history on disk and at a remote: the four files, journals, corrections."""

import gzip
import math
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path

import orjson
from support.aggregation import spans

from cli.documents_here import files_here
from cli.overview import Heard, Overview
from cli.status_screen import screen
from cli.terminal import Terminal
from fuzz.decoder import Decoder, Feed, plain
from fuzz.messages import NOON, ZONE
from services.aggregator.aside import Aside
from services.aggregator.dailyfile import DailyFile
from services.aggregator.dayfile import DayFile
from services.aggregator.ledger import Ledger
from services.collector.outbox import Outbox
from services.syncer.archive import readable, together
from services.syncer.corrections import union
from services.syncer.migrate import beyond, read_document
from shared.book_file import decode_year, encode_year, rescue_year
from shared.config import PathsConfig
from shared.documents import BOOK, decode_document, encode_document
from shared.errors import BadInput
from shared.messages import decode_reading_message, encode_journal_line
from shared.times import parse_timestamp

UNIT = Path(__file__).parents[1] / "unit"
_TIERS = ("weekly", "monthly", "yearly", BOOK)
_TODAY = date(2026, 11, 22)
_YESTERDAY = parse_timestamp("2026-11-21T00:00:00+01:00")
_SPOTS = (
    b'{"timestamp":"2026-11-21T05:00:00Z","power":412.5,"energy":51.25,"voltage":231}',
    b'{"timestamp":"2026-11-21T05:10:00Z","power":null}',
)
_MADE = b'{"made":"2026-11-21T10:00:00+00:00"'
_CORRECTIONS = b"\n".join(
    (
        _MADE + b',"timestamp":"2026-11-21T09:00:00+00:00","drop":true}',
        _MADE + b',"from":"2026-11-21T09:00:00+00:00","to":"2026-11-21T09:30:00+00:00",'
        b'"set":{"power":1,"voltage":null}}',
        _MADE + b',"date":"2026-11-01","bucket":{"timestamp":"2026-11-01T00:00:00+01:00",'
        b'"power":{"mean":4,"min":2,"max":9},"energy_kwh":1,"samples":9,"coverage":1}}',
        b"",
    )
)
_PRICED = (
    b'{"schema":1,"tier":"daily","timezone":"Europe/Berlin","date":"2026-11-22","data_points":[],'
    b'"units":{"power":"W"},"currency":"EUR","last_update":"2026-11-22T11:50:00+01:00","today":{'
    b'"timestamp":"2026-11-22T00:00:00+01:00","power":{"mean":1,"min":0,"max":2},"energy_kwh":1.5,'
    b'"export_kwh":0,"samples":3,"coverage":0.5,"cost":"0.45","base_fee":"0.1"}}'
)


def clear(directory: Path) -> None:
    """Remove the files of a directory: what was set aside must not fill it."""
    for path in directory.iterdir():
        if path.is_file():
            path.unlink()


def _golden(*tiers: str) -> list[bytes]:
    return [(UNIT / "golden" / f"full-intervals-{tier}.json").read_bytes() for tier in tiers]


def _book() -> bytes:
    return encode_year(replace(decode_document(_golden("yearly")[0], "yearly"), tier=BOOK), ZONE)


def _lines() -> bytes:
    """Return lines of a journal: intervals, values without one, a meter."""
    spots = [decode_reading_message(raw, frozenset({"energy", "voltage"}), 1500) for raw in _SPOTS]
    readings = [*spans(ZONE, _YESTERDAY, _YESTERDAY + 3 * 3600, 400, 1200), *spots]
    return b"".join(map(encode_journal_line, readings))


def _tier(content: bytes) -> None:
    for tier in _TIERS:
        with suppress(BadInput):
            document = decode_document(content, tier)
            again = decode_document(encode_document(document, ZONE), tier)
            assert again.buckets == document.buckets


def _year(content: bytes) -> None:
    """Whatever is left of a year of the book can be written, and is whole then."""
    left = rescue_year(content)
    with suppress(BadInput):
        assert decode_year(content).buckets == (left.buckets if left else None)
    if left:
        assert decode_year(encode_year(left, ZONE)).buckets == left.buckets


def _remote(content: bytes) -> None:
    document = read_document(content, "monthly", ZONE)
    beyond(content)
    decode_document(encode_document(document, ZONE), "monthly")


def _union(content: bytes) -> None:
    once = union(content)
    assert union(once, content) == once


def _archive(content: bytes) -> None:
    lines = list(readable(content, "x", {"unreadable": 0}))
    with suppress(BadInput):
        together(content, gzip.compress(b"".join(line + b"\n" for line in lines)))


def _open_daily(directory: Path) -> Feed:
    file, path = DailyFile(directory, directory, ZONE), directory / "daily.json"
    paths = PathsConfig(directory, directory, directory)

    def feed(content: bytes) -> None:
        path.write_bytes(content)
        seen = Overview(NOON, ZONE, 1500.0, (), Heard(), files_here(paths))
        orjson.dumps(seen.document())
        screen(seen, Terminal(80, 24))
        file.adopt(_TODAY, [], None, {})
        file.set_aside_if_damaged(booted=0.0, now=math.inf)
        clear(directory)

    return feed


def _open_day(directory: Path) -> Feed:
    """A day of the journal: read, appended to, compressed, read again."""
    path = directory / "2026-11-21.jsonl"
    late = spans(ZONE, NOON - 1200, NOON - 600, 5)

    def feed(content: bytes) -> None:
        path.write_bytes(content)
        file = DayFile(path, [])
        known = list(file.readings())
        file.append(late)
        file.compress()
        times = {reading.time for reading in file.readings()}
        assert times >= {reading.time for reading in (*known, *late)}
        clear(directory)

    return feed


def _open_packed_day(directory: Path) -> Feed:
    path = directory / "2026-11-21.jsonl"

    def feed(content: bytes) -> None:
        path.with_name(f"{path.name}.gz").write_bytes(content)
        file = DayFile(path, [])
        list(file.readings())
        file.append(spans(ZONE, NOON - 1200, NOON - 600, 5))
        file.close()
        clear(directory)

    return feed


def _open_lines(directory: Path) -> Feed:
    """Readings on their way, corrections, readings set aside."""
    path = directory / "lines.jsonl"

    def feed(content: bytes) -> None:
        path.write_bytes(content)
        outbox = Outbox(path)
        outbox.batch(0, 10)
        outbox.drop_before(NOON)
        ledger, aside = Ledger(path, ZONE), Aside(path)
        path.write_bytes(content)
        ledger.load()
        ledger.next_made(NOON)
        ledger.of_readings(0, NOON)
        ledger.of_days()
        path.write_bytes(content)
        aside.load()
        aside.due(NOON)
        aside.forget(NOON)
        clear(directory)

    return feed


DECODERS = (
    Decoder("tier-file", _golden("weekly", "monthly", "yearly"), plain(_tier), share=70),
    Decoder("book-file", [_book()], plain(_year), share=20),
    Decoder("daily-file", [*_golden("daily"), _PRICED], _open_daily, share=10),
    Decoder(
        "remote-file",
        [
            *_golden("monthly"),
            *(path.read_bytes() for path in sorted((UNIT / "old").glob("*.json"))),
        ],
        plain(_remote),
        share=80,
    ),
    Decoder("journal", [_lines()], _open_day, share=15),
    Decoder("packed-journal", [gzip.compress(_lines(), mtime=0)], _open_packed_day, share=15),
    Decoder("lines", [_CORRECTIONS, _lines()], _open_lines, share=15),
    Decoder("corrections", [_CORRECTIONS], plain(_union), share=60),
    Decoder("archive", [gzip.compress(_lines(), mtime=0)], plain(_archive), share=30),
)
