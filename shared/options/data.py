"""The options of `data`."""

from shared import option_checks as check
from shared.option import Option, Section

SECTION = Section("data", "What is collected, and how often.")

OPTIONS = (
    Option(
        "data.local_collection_interval_minutes",
        check.interval_s,
        "Time between two readings. May be a fraction, is rounded to whole seconds, and must "
        "divide an hour: 1 s to 60 min.",
        default=10,
        unit="min",
        field="interval_s",
        written=check.in_minutes,
    ),
    Option(
        "data.live_interval_seconds",
        check.number(least=0.1, most=3600),
        "Time between two live values, which are shown and not stored.",
        default_text="off",
        unit="s",
        example=5,
        field="live_interval_s",
    ),
    Option(
        "data.publish_interval_minutes",
        check.number(above=0, most=10080),
        "How often the static site is published.",
        default=60,
        unit="min",
    ),
    Option(
        "data.backfill_days",
        check.number(least=0, most=3660),
        "How far back missed time is asked from Home Assistant, which keeps 10 days by itself.",
        default=10,
        unit="d",
    ),
    Option(
        "data.bounds",
        check.span,
        "Plausibility bounds, `[lowest, highest]` by metric; a value outside is unknown.",
        default={},
        default_text="none",
        unit="the metric's",
        example={"power": [-30000, 30000]},
        per_metric=True,
    ),
)
