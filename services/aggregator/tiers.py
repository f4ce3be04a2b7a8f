"""The tiers as a table: what each covers, and by when after midnight it is written."""

from dataclasses import dataclass
from datetime import date, timedelta

from shared.times import Zone, days_before

DAILY = "daily"


@dataclass(frozen=True, slots=True)
class Tier:
    """A file of buckets over the `days` whole local days before today, due after midnight.

    One that covers an earlier time ends `ends_before` days before today.
    """

    name: str
    days: int
    due_s: float
    hourly: bool
    ends_before: int = 0

    def day(self, zone: Zone, now: float) -> date:
        """Return the "today" whose file should be there by now: yesterday's until it is due."""
        today = zone.day_of(now)
        if now >= zone.day_start(today) + self.due_s:
            return today
        return today - timedelta(days=1)

    def next_due(self, zone: Zone, now: float) -> float:
        """Return the next instant at which the file is due."""
        today = zone.day_of(now)
        due = zone.day_start(today) + self.due_s
        return due if now < due else zone.day_end(today) + self.due_s

    def window(self, today: date) -> list[date]:
        """Return the days the file covers, oldest first."""
        return days_before(today - timedelta(days=self.ends_before), self.days)


WEEKLY = Tier("weekly", 7, 2 * 60, hourly=True)
MONTHLY = Tier("monthly", 30, 5 * 60, hourly=False)
YEARLY = Tier("yearly", 365, 15 * 60, hourly=False)
ROLLED_UP = (WEEKLY, MONTHLY, YEARLY)
# The year before that of YEARLY, for comparison only: written with it, not announced, not pushed.
EARLIER = Tier("earlier", 365, 15 * 60, hourly=False, ends_before=365)
