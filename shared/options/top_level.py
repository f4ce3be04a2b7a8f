"""The options that stand in no section."""

from shared import option_checks as check
from shared.option import Option
from shared.sources import written

SOURCES = Option(
    "sources",
    check.anything,  # shared/config_sources.py reads it
    "Metrics from elsewhere, by name: a number in MQTT messages (`topic`, `path`, `unit`, "
    "`availability`, `heartbeat_seconds`), or the `sum` or `difference` of other metrics. "
    "See integrations.md.",
    default={},
    default_text="none",
    example={
        "kitchen": {"topic": "tele/kitchen/SENSOR", "path": "ENERGY.Power", "unit": "W"},
        "rest": {"difference": ["power", "kitchen"]},
    },
    written=written,
)

TIMEZONE = Option(
    "timezone",
    check.zone,
    "IANA name; decides where a day begins.",
    default_text="the system's",
    example="Europe/Berlin",
)
