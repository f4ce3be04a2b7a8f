"""Bytes of the documents at their budgets' size."""

import tempfile
from datetime import date, timedelta
from pathlib import Path

from bench.load import DAY, START, ZONE, payload
from bench.table import Row
from services.aggregator.dailyfile import DailyFile
from shared.bucket import Bucket, Summary
from shared.documents import Document, encode_document
from shared.messages import decode_reading_message


def measure() -> Row:
    """Measure daily.json with 144 readings and yearly.json with 365 days, beside gzip's view."""
    return Row(
        "daily.json with 144 readings; yearly.json with 365 days",
        f"{_daily()} B; {_yearly()} B",
        "the predecessor's daily file: 2 MB",
        "28 kB; 60 kB",
    )


def _daily() -> int:
    readings = [
        decode_reading_message(payload(600 * count, 600, 1388.7 + count), frozenset(), 1500)
        for count in range(144)
    ]
    with tempfile.TemporaryDirectory() as directory:
        daily = DailyFile(Path(directory), Path(directory), ZONE)
        daily.begin(DAY)
        bucket = _bucket(DAY)
        return daily.write(readings, bucket, {}, now=START, reason="reading").bytes


def _yearly() -> int:
    days = [date(2026, 1, 1) + timedelta(days=count) for count in range(365)]
    buckets = [_bucket(day) for day in days]
    iso = ZONE.iso(START)
    return len(encode_document(Document("yearly", ZONE.name, iso, {"power": "W"}, buckets), ZONE))


def _bucket(day: date) -> Bucket:
    summary = Summary(1388.712, 120.5, 12210.5)
    return Bucket(ZONE.day_start(day), {"power": summary}, 33.329088, 0.0, 144, 1.0)
