"""The static site: dashboard, documents and events, published in one commit."""

from collections.abc import Callable, Iterator
from pathlib import Path

from services.syncer.effects import Job, Revision, Write
from services.syncer.records import Records
from services.syncer.remote import ANY, Change, Step, blob_version
from shared.topics import TIERS

LEAST_PAUSE_S = 360.0  # ten builds an hour is what GitHub Pages takes
_LARGEST_ASSET_BYTES = 2 * 1024 * 1024
_SITE = "site.json"  # made for the published site: the house's own has the viewer's password
_BESIDE = ("earlier", "events")  # what lies beside the four


class Site:
    """What is published, and when it is time again.

    `site_json` tells the page where it is; `tick` is a monotonic clock.
    """

    def __init__(
        self,
        assets: Path,
        data: Path,
        records: Records,
        pause_s: float,
        *,
        site_json: bytes,
        now: Callable[[], float],
        tick: Callable[[], float],
    ) -> None:
        self._site_json = site_json
        self._assets = assets
        self._data = data
        self._records = records
        self._pause_s = max(pause_s, LEAST_PAUSE_S)
        self._now = now
        self._tick = tick
        self._last: float | None = None

    def wait_s(self) -> float:
        """Return in how many seconds it is time to publish."""
        if self._last is None:
            self._last = self._tick() - self._ago()
        return max(0.0, self._last + self._pause_s - self._tick())

    def _ago(self) -> float:
        """Return how long ago, before this start, it was published."""
        at = self._records.facts.site_at
        ago = self._pause_s if at is None else self._now() - at
        return ago if ago >= 0 else self._pause_s

    def publish(self) -> Job[int]:
        """Publish what has changed, if anything; return how many files."""
        self._last = self._tick()
        known = self._records.facts.site
        files = {change.path: change for change in self._files()}
        new = [
            change
            for path, change in files.items()
            if known.get(path) != blob_version(change.content)
        ]
        if not new:
            return 0
        facts = self._records.facts
        if facts.site_revision != (yield Revision()):
            new = list(files.values())  # who knows what else is gone there
        step: Step = yield Write(new, "Publish the dashboard")
        for change in new:
            known[change.path] = blob_version(change.content)
        facts.site_revision, facts.site_at = step.after, self._now()
        self._records.save()
        return len(new)

    def _files(self) -> Iterator[Change]:
        yield Change(".nojekyll", b"\n", ANY)
        yield Change(_SITE, self._site_json, ANY)
        for file in sorted(self._assets.rglob("*")):
            name = file.relative_to(self._assets).as_posix()
            if file.is_file() and _is_public(name) and file.stat().st_size <= _LARGEST_ASSET_BYTES:
                yield Change(name, file.read_bytes(), ANY)
        for name in (*TIERS, *_BESIDE):
            file = self._data / f"{name}.json"
            if file.exists():
                yield Change(file.name, file.read_bytes(), ANY)


def _is_public(name: str) -> bool:
    return name != _SITE and not any(part.startswith(".") for part in name.split("/"))
