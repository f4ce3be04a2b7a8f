"""The simulated recorder: which rows of an entity's past the history API can still give."""

from dataclasses import dataclass, field

from demo.entity import Entity, Row
from demo.history import just_after

DAY_S = 86_400
DEFAULT_RETENTION_DAYS = 10.0


@dataclass(slots=True)
class Recorder:
    """Keeps rows for `retention_days`, writes them `commit_delay_s` late, and may have gaps."""

    retention_days: float = DEFAULT_RETENTION_DAYS
    commit_delay_s: float = 0.0
    gaps: list[tuple[float, float]] = field(default_factory=list)

    def start_row(self, entity: Entity, start: float, now: float) -> Row | None:
        """Return the last row strictly before `start`, which was in force then."""
        before = min(start, self._committed(now))
        while (row := entity.latest_row(before)) is not None:
            gap = self._gap(row.updated)
            if gap is None:
                return row if row.updated >= self._oldest(now) else None
            before = gap
        return None

    def rows(self, entity: Entity, start: float, end: float, now: float) -> list[Row]:
        """Return the rows strictly between two instants that are on record."""
        oldest = self._oldest(now)
        rows = entity.rows(start, min(end, self._committed(now)))
        return [row for row in rows if row.updated >= oldest and self._gap(row.updated) is None]

    def _committed(self, now: float) -> float:
        return just_after(now - self.commit_delay_s)

    def _oldest(self, now: float) -> float:
        return now - self.retention_days * DAY_S

    def _gap(self, at: float) -> float | None:
        return next((start for start, end in self.gaps if start <= at < end), None)
