"""The ledger of corrections: kept for ever, replayed in each rebuild."""

from collections.abc import Iterable
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
from shared.checksum import sealed
from shared.fields import instant
from shared.lines import append_lines, read_lines
from shared.times import Zone, iso_utc, parse_timestamp

_STEP_S = 1e-3


class Ledger:
    """All corrections ever made here or elsewhere, in the order in which they were made."""

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
        self._all.sort(key=self._order)
        self.corrupt += [aside] if aside else []

    def add(self, *corrections: Correction) -> None:
        """Keep corrections; on stable storage when it returns."""
        lines = b"".join(sealed(self._record(one)) + b"\n" for one in corrections)
        append_lines(self._path, lines)
        self._all = sorted([*self._all, *corrections], key=self._order)

    def unknown(self, corrections: Iterable[Correction]) -> list[Correction]:
        """Return the corrections that are not kept here yet, each once."""
        known = set(map(self._record, self._all))
        new = {self._record(correction): correction for correction in corrections}
        return [correction for record, correction in new.items() if record not in known]

    def next_made(self, now: float) -> float:
        """Return when a correction made now was made: after all others, even if the clock is not.

        To the digit as the record will say.
        """
        after = self._all[-1].made + _STEP_S if self._all else now
        return parse_timestamp(iso_utc(max(now, after)))

    def _record(self, correction: Correction) -> bytes:
        record = encode_correction(correction, self._zone)
        return orjson.dumps(record, option=orjson.OPT_SORT_KEYS)

    def _order(self, correction: Correction) -> tuple[float, bytes]:
        return correction.made, self._record(correction)

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
