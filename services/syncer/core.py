"""The parts of the syncer that know no network and no message, put together for one remote."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from services.syncer.archive import Archive
from services.syncer.copies import Copies
from services.syncer.corrections import PATH as CORRECTIONS
from services.syncer.corrections import Corrections
from services.syncer.done import Done
from services.syncer.effects import Job, Report, Revision
from services.syncer.last_week import LastWeek
from services.syncer.local import Item, Local
from services.syncer.merging import Merger
from services.syncer.order import Order
from services.syncer.push import Pusher
from services.syncer.records import Records
from services.syncer.restore import Restorer
from services.syncer.site import Site
from shared.config import Config
from shared.errors import Refused
from shared.site import encode_site
from shared.times import Zone

ALL = "all"


@dataclass(frozen=True, slots=True)
class Purpose:
    """What is to be kept at the remote, beside the documents."""

    archive: bool = False
    site_assets: Path | None = None
    site_pause_s: float = 3600.0


class Core:
    """What to do, as jobs; `now` is the wall clock, `tick` a monotonic one."""

    def __init__(
        self, config: Config, purpose: Purpose, now: Callable[[], float], tick: Callable[[], float]
    ) -> None:
        state = config.paths.state_dir
        self._now = now
        self._archives = purpose.archive
        self.local = Local(config.paths.data_dir, state, Zone(config.timezone))
        self.records = Records(state / "syncer")
        self.archive = Archive(self.local, self.records, now)
        merger = Merger(self.local, self.records)
        self.corrections = Corrections(self.local, self.records)
        self.pusher = Pusher(
            self.local, self.records, self.archive, merger, self.corrections, now=now
        )
        self.restorer = Restorer(
            self.local,
            self.records,
            merger,
            self.archive,
            self.corrections,
            last_week=LastWeek(self.local, self.records, self.archive, now),
            copies=Copies(self.local, state / "syncer" / "before"),
            now=now,
        )
        self.site: Site | None = None
        if purpose.site_assets:
            self.site = Site(
                purpose.site_assets,
                config.paths.data_dir,
                self.records,
                purpose.site_pause_s,
                site_json=encode_site(config, published=True),
                now=now,
                tick=tick,
            )

    def items(self, name: str = ALL) -> list[Item]:
        """Return what `monthly`, `yearly` or `all` (finished years included) names, or Refused."""
        tiers = self.local.tiers()
        if name == ALL:
            return [*tiers, *self.local.finished_years(self._now())]
        found = [item for item in tiers if item.tier == name]
        if not found:
            raise Refused(f"{name[:40]!r} is not kept at the remote", hint="monthly, yearly or all")
        return found

    def unsynced(self) -> list[str]:
        """Return the paths that wait to be pushed."""
        gone = [item.path for item in self.restorer.gone()]
        paths = [*gone, *(item.path for item in self.pusher.unsynced(self.items()))]
        if self.corrections.unsynced():
            paths.insert(0, CORRECTIONS)
        waiting = self._archives and self.archive.unsynced()
        return [*paths, *(["readings"] if waiting else [])]

    def push_due(self) -> Job[Done]:
        """Push what differs from the last push; what is gone here since comes back first."""
        restored = yield from self.restorer.bring_back(self.restorer.gone())
        self.archive.forget_old()
        items = self.pusher.unsynced(self.items())
        known = self.records.facts.revision
        done = yield from self.pusher.push(Order(items, archive=self._archives), known)
        _note_restored(done, restored)
        self.records.note_revision(done.revision)
        return done

    def look(self) -> Job[Done]:
        """Bring back what is lacking here; push what differs, if anybody else wrote there."""
        there: str = yield Revision()
        known = there == self.records.facts.revision
        restored: Mapping[str, list[str]] = {}
        if not (known and self.restorer.complete_for_now()):
            restored = yield from self.restorer.complete(readings=self._archives)
        if known:
            done = yield from self.push_due()
        else:
            done = yield from self._look_at_all(there, force=False)
        _note_restored(done, restored)
        return done

    def push(self, name: str, *, force: bool) -> Job[Report]:
        """Push on command, after a look at what is there."""
        restored = yield from self.restorer.complete(readings=self._archives)
        if name == ALL:
            done = yield from self._look_at_all((yield Revision()), force=force)
        else:
            done = yield from self.pusher.push(Order(self.items(name), look=True, force=force))
        _note_restored(done, restored)
        return done.report()

    def _look_at_all(self, there: str, *, force: bool) -> Job[Done]:
        """Push everything that is not there as it is here; `there` is the remote's revision."""
        if self._archives:
            yield from self.archive.forget_changed()
        order = Order(self.items(), look=True, force=force, archive=self._archives)
        done = yield from self.pusher.push(order, there)
        self.records.note_revision(done.revision)
        return done

    def needs_restore(self) -> bool:
        """Say whether this board lacks what the remote may have."""
        facts = self.records.facts
        return not facts.restored or bool(facts.readings_due) or bool(self.restorer.lacking())

    def restore(self) -> Job[Report]:
        """Bring back what is lacking; with the archive the last week's readings, too."""
        lacking = self.restorer.lacking()
        wanted = lacking if self.records.facts.restored else self.restorer.unknown(lacking)
        return self.restorer.restore(wanted, readings=self._archives)

    def fetch(self, name: str, *, dry_run: bool) -> Job[Report]:
        """Fetch on command."""
        tiers = self.items(name) if name != ALL else self.local.tiers()
        return self.restorer.fetch(tiers, years=name == ALL, dry_run=dry_run)

    def fetch_archive(self, period: str, *, dry_run: bool, copy: bool = True) -> Job[Report]:
        """Bring a period's readings back from the archive, or only name its days."""
        return (yield from self.restorer.fetch_archive(period, dry_run=dry_run, copy=copy))


def _note_restored(done: Done, restored: Mapping[str, Sequence[str]]) -> None:
    """Tell of what came back with a push, as of what was merged."""
    for path, days in restored.items():
        done.merged[path] = sorted({*done.merged.get(path, ()), *days})
