"""The options of `alerts`."""

from shared import option_checks as check
from shared.option import Option, Section
from shared.starts import MOST_STARTS

SECTION = Section(
    "alerts",
    "What is worth an alert, and where it is sent; [alerts.md](alerts.md) explains each.",
)

OPTIONS = (
    Option(
        "alerts.power_high_watts",
        check.number(above=0, most=check.LARGEST_NUMBER),
        "Alert `power-high` when a reading's mean power is this or more.",
        default_text="off",
        unit="W",
        example=6000,
    ),
    Option(
        "alerts.energy_day_kwh",
        check.number(above=0, most=check.LARGEST_NUMBER),
        "Alert `energy-day` when a day has taken this or more.",
        default_text="off",
        unit="kWh",
        example=25,
    ),
    Option(
        "alerts.hysteresis_percent",
        check.number(least=0, most=90),
        "How far below the two limits it must be for their alert to end.",
        default=10,
        unit="%",
    ),
    Option(
        "alerts.no_reading_minutes",
        check.number(above=0, most=10080),
        "Alert `no-reading` when there was none for so long, and for two and a half intervals.",
        default=60,
        unit="min",
    ),
    Option(
        "alerts.sync_days",
        check.number(above=0, most=365),
        "Alert `sync-old` when something has waited for the remote for so long; a day is a period.",
        default=2,
        unit="d",
    ),
    Option(
        "alerts.disk_free_megabytes",
        check.number(above=0, most=check.LARGEST_NUMBER),
        "Alert `disk-full` when less is free where data or state is; on a small disk, when less "
        "than a tenth of it is.",
        default=32,
        unit="MB",
    ),
    Option(
        "alerts.restarts_per_hour",
        check.count(least=2, most=MOST_STARTS),
        "Alert `restarts` when a service starts so often.",
        default=5,
    ),
    Option(
        "alerts.ignore",
        check.alert_names,
        "Names of alerts that are not wanted.",
        default=[],
        default_text="none",
        example=["energy-day"],
    ),
    Option(
        "alerts.webhook_url",
        check.webhook_url,
        "Where each alert is sent with a POST of JSON: its start, its end, a reminder each day.",
        default_text="off",
        environment="POWER_MONITOR_WEBHOOK_URL",
        example="https://ntfy.sh/",
    ),
    Option(
        "alerts.webhook_token",
        check.token,
        "Token that the webhook wants, sent as `Authorization: Bearer`.",
        default_text="none",
        environment="POWER_MONITOR_WEBHOOK_TOKEN",
        example="put-the-token-here",
    ),
    Option(
        "alerts.webhook_body",
        check.webhook_body,
        "The JSON to send, with `{title}`, `{text}`, `{name}`, `{event}`, `{state}`, `{since}` and "
        "`{until}` in its texts.",
        default_text="an object of these seven",
        example={"topic": "put-your-topic-here", "title": "{title}", "message": "{text}"},
    ),
)
