"""The ledger of corrections: kept for ever, replayed in each rebuild."""

from datetime import date
from pathlib import Path

import orjson

from services.aggregator.corrections import (
    Correction,
    DayCorrection,
    ReadingCorrection,
    decode_correction,
    encode_correction,
)
from shared.fields import instant
from shared.lines import append_lines, read_lines
from shared.times import Zone


class Ledger:
    """All corrections ever made, in the order in which they were made."""

    def __init__(self, path: Path, zone: Zone) -> None:
        self._path = path
        self._zone = zone
        self._all: list[Correction] = []
        self.corrupt: list[Path] = []  # copies of damaged files, since the last look

    def load(self) -> None:
        """Read the records; raises Retryable."""
        self._all, aside = read_lines(
            self._path, lambda raw: decode_correction(raw, instant(raw.get("made"), "made"))
        )
        self.corrupt += [aside] if aside else []

    def add(self, correction: Correction) -> None:
        """Keep a correction; on stable storage when it returns."""
        record = encode_correction(correction, self._zone)
        append_lines(self._path, orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE))
        self._all.append(correction)

    def of_readings(self, since: float, until: float) -> list[ReadingCorrection]:
        """Return the corrections of readings with since <= time <= until."""
        return [
            correction
            for correction in self._all
            if isinstance(correction, ReadingCorrection)
            and correction.span()[0] <= until
            and correction.span()[1] >= since
        ]

    def of_day(self, day: date) -> DayCorrection | None:
        """Return the last correction of a day's bucket."""
        return self.of_days().get(day)

    def of_days(self) -> dict[date, DayCorrection]:
        """Return the last correction of each day's bucket."""
        days = (correction for correction in self._all if isinstance(correction, DayCorrection))
        return {correction.day: correction for correction in days}
