"""The weekly, monthly and yearly files: read back, compared, written only when a point changed."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from services.aggregator.imprint import Imprint
from services.aggregator.tiers import Tier
from shared.atomic import disk_error, make_directory, read_whole, set_aside, write_durably
from shared.bucket import Bucket
from shared.documents import Document, decode_document, encode_document
from shared.errors import BadInput
from shared.messages import FileUpdated
from shared.reading import POWER
from shared.times import Zone


class TierFile:
    """One tier's file in the data directory.

    With an `imprint` a file that is not what was written counts as damaged.
    """

    def __init__(
        self, directory: Path, tier: Tier, zone: Zone, imprint: Imprint | None = None
    ) -> None:
        self.tier = tier
        self._imprint = imprint
        self._path = directory / f"{tier.name}.json"
        self._zone = zone
        self.corrupt: list[Path] = []  # files set aside since the last look

    def load(self) -> Document | None:
        """Return the document, or None when there is none that can be read; raises Retryable."""
        try:
            content = self._content()
            if content is None:
                return None
            if self._imprint:
                self._imprint.check(content)
            return decode_document(content, self.tier.name)
        except BadInput:
            self.corrupt.append(set_aside(self._path))
            return None

    def publish(
        self,
        buckets: Sequence[Bucket],
        units: Mapping[str, str],
        *,
        currency: str | None,
        now: float,
        reason: str,
    ) -> FileUpdated | None:
        """Write the buckets when they differ from what is there; say what was changed.

        A file that was not there is written in any case, without `last_update` while empty.
        """
        there = self.load()
        names = {name for bucket in buckets for name in bucket.metrics}
        known = {name: units.get(name, "") for name in names}
        document = Document(
            self.tier.name,
            self._zone.name,
            there.last_update if there else None,
            {name: unit for name, unit in sorted({**known, POWER: "W"}.items()) if unit},
            buckets,
            currency,
        )
        if there and encode_document(document, self._zone) == encode_document(there, self._zone):
            return None
        if there or buckets:
            document = replace(document, last_update=self._zone.iso(round(now)))
        payload = encode_document(document, self._zone)
        make_directory(self._path.parent)
        self._write(payload)
        if document.last_update is None:
            return None  # no point has changed: there never was one
        return FileUpdated(
            tier=self.tier.name,
            file=self._path.name,
            sha256=hashlib.sha256(payload).hexdigest(),
            bytes=len(payload),
            data_points=len(buckets),
            last_update=document.last_update,
            reason=reason,
        )

    def _write(self, payload: bytes) -> None:
        if self._imprint:
            before = self._content()
            self._imprint.expect(*([] if before is None else [before]), payload)
        write_durably(self._path, payload)

    def _content(self) -> bytes | None:
        try:
            return read_whole(self._path)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise disk_error(self._path, error) from error
