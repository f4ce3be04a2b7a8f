"""Every option of config.json, declared once: validation, example and reference derive from it."""

from shared import option_checks as check
from shared import tariff_checks as tariff
from shared.option import Option, Section
from shared.sources import written

SECTIONS = (
    Section("home_assistant", "Where the house's power comes from.", old="homeassistant"),
    Section("mqtt", "The broker the services talk through."),
    Section(
        "github",
        "Where the long history is kept safe. Without this section, or without a token, sync is "
        "off. Consumption shows when people are at home: use a private repository.",
        optional=True,
    ),
    Section(
        "remote",
        "Another place for the long history: a USB stick or a network mount. With this section it "
        "takes the place of GitHub; without it, or without a path, it is not used.",
        optional=True,
    ),
    Section(
        "web",
        "The web server that `power-monitor run` starts. With both options it speaks HTTPS only.",
        optional=True,
    ),
    Section(
        "tariff",
        "What energy costs; docs/tariff.md explains it. Without this section no cost is told.",
        optional=True,
    ),
    Section(
        "alerts",
        "What is worth an alert, and where it is sent; [alerts.md](alerts.md) explains each.",
    ),
    Section("data", "What is collected, and how often."),
    Section("paths", "Where files live. A relative path starts at the configuration's directory."),
)


OPTIONS = (
    Option(
        "home_assistant.url",
        check.url,
        "Full URL of Home Assistant, with its port; a path before `/api` is allowed. Not needed, "
        "like the token and the entities, where `sources` gives `power`.",
        required=True,
        example="http://homeassistant.local:8123",
    ),
    Option(
        "home_assistant.token",
        check.token,
        "Long-lived access token: in Home Assistant your profile, Security.",
        required=True,
        environment="POWER_MONITOR_HA_TOKEN",
        example="put-the-long-lived-access-token-here",
    ),
    Option(
        "home_assistant.entities",
        check.entity_id,
        "Metric name to entity, at most 64. `power` is required, unless `sources` gives it, and "
        "always kept in W; `energy` "
        "and `export` are meters that only count up, in kWh; every other metric is a gauge. The "
        'old spelling `"entity_id": "sensor.x"` means `power`.',
        required=True,
        example={"power": "sensor.house_power"},
        old="entity_id",
        per_metric=True,
    ),
    Option(
        "home_assistant.discovery",
        check.switch,
        "Show the monitor as a device in Home Assistant, which must use the same broker or one "
        "with a bridge to it.",
        default=False,
    ),
    Option(
        "mqtt.host",
        check.host,
        "Name or address of the broker. Not given, `power-monitor run` starts its own.",
        default_text="127.0.0.1",
        example="127.0.0.1",
    ),
    Option(
        "mqtt.listen",
        check.host,
        "Where our own broker listens: `0.0.0.0` lets the devices of your network reach it, at "
        "`mqtt.port`. On this machine alone it takes any free port.",
        default="127.0.0.1",
    ),
    Option("mqtt.port", check.port, "TCP port of the broker.", default=1883),
    Option(
        "mqtt.username",
        check.text,
        "Broker user of every service. Not given, each service signs in as itself with its "
        "password from `mqtt.credentials`.",
        default_text="one user for each service",
        example="power-monitor",
    ),
    Option(
        "mqtt.password",
        check.text,
        "Password of `mqtt.username`.",
        default_text="none",
        environment="POWER_MONITOR_MQTT_PASSWORD",
        example="put-the-password-here",
    ),
    Option("mqtt.tls", check.switch, "Encrypt the connection to the broker.", default=False),
    Option("mqtt.base_topic", check.topic, "Start of every topic.", default="power-monitor"),
    Option(
        "mqtt.credentials",
        check.folder,
        "Directory with one file for each broker user, named like the user and holding its "
        "password; only their owner may read them (mode 600).",
        default_text="`credentials` in `paths.state_dir`",
        example="/var/lib/power-monitor/credentials",
        field="credentials_dir",
    ),
    Option(
        "github.token",
        check.token,
        "Fine-grained token with Contents: read and write on the one repository.",
        default_text="off",
        environment="POWER_MONITOR_GITHUB_TOKEN",
        example="put-the-token-here",
    ),
    Option(
        "github.repo",
        check.repository,
        "The repository, as `owner/name`; required with a token.",
        default_text="none",
        example="owner/name",
    ),
    Option("github.branch", check.branch, "Branch to write to.", default="main"),
    Option(
        "github.directory", check.repository_folder, "Folder in the repository.", default="data"
    ),
    Option(
        "github.api_url",
        check.api_url,
        "URL of the API, also of a GitHub Enterprise server; plain `http` only to this machine.",
        default="https://api.github.com",
    ),
    Option(
        "github.archive",
        check.switch,
        "Also upload each finished day's readings, once.",
        default=False,
    ),
    Option(
        "github.pages",
        check.switch,
        "Also publish the dashboard and all four files as a static site.",
        default=False,
    ),
    Option(
        "github.ca_file",
        check.folder,
        "Certificates to trust instead of the usual ones, in PEM: for a GitHub Enterprise server, "
        "or a proxy that opens TLS.",
        default_text="the usual ones",
        example="/etc/ssl/certs/company-ca.pem",
    ),
    Option(
        "remote.type",
        check.remote_type,
        "What kind of place it is: a `directory`.",
        default="directory",
    ),
    Option(
        "remote.path",
        check.absolute_folder,
        "The directory, which must exist: one that is not there, such as a stick that is not "
        "plugged in, is waited for and never made.",
        default_text="off",
        example="/media/stick/power-monitor",
    ),
    Option(
        "remote.archive",
        check.switch,
        "Also keep each finished day's readings there.",
        default=False,
    ),
    Option(
        "web.tls_certificate",
        check.folder,
        "Certificate with its chain, in PEM.",
        default_text="plain HTTP",
        example="/etc/power-monitor/certificate.pem",
    ),
    Option(
        "web.tls_key",
        check.folder,
        "The certificate's key, in PEM; only its owner may read it.",
        default_text="none",
        example="/etc/power-monitor/key.pem",
    ),
    Option(
        "tariff.currency",
        tariff.currency,
        "The currency of all amounts, as three letters of ISO 4217.",
        default_text="off",
        example="EUR",
    ),
    Option(
        "tariff.periods",
        tariff.periods,
        "Prices from a date on, the oldest first, each until the next: `from`; `price` of a kWh, "
        "or `rates`, a list of `price`, `hours` of wall time and `days`, that has one price for "
        "each minute of the week; `base_fee_per_day`; `export_price` of a kWh given away. Amounts "
        'are decimal texts such as `"0.3127"`, with at most 6 digits after the point.',
        default_text="none",
        unit="currency",
        example=[
            {"from": "2026-01-01", "price": "0.3127", "base_fee_per_day": "0.35"},
            {
                "from": "2026-07-01",
                "rates": [
                    {"price": "0.3389", "hours": "06:00-22:00"},
                    {"price": "0.2412", "hours": "22:00-06:00"},
                ],
                "base_fee_per_day": "0.35",
                "export_price": "0.0786",
            },
        ],
        written=tariff.written,
    ),
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
        check.count(least=2, most=1000),
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
    Option(
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
    ),
    Option(
        "paths.data_dir",
        check.folder,
        "The four files, and the web root: `/daily.json` and the others are served from here.",
        default="/var/www/html",
    ),
    Option(
        "paths.volatile_dir",
        check.folder,
        "Where daily.json really lives when this is a tmpfs, to spare the flash; `paths.data_dir` "
        "then holds a symbolic link to it.",
        default_text="`paths.data_dir`",
        example="/run/power-monitor",
    ),
    Option(
        "paths.state_dir",
        check.folder,
        "Journal, book of daily buckets, outbox and cursors: what must survive a power cut.",
        default="/var/lib/power-monitor",
    ),
    Option(
        "timezone",
        check.zone,
        "IANA name; decides where a day begins.",
        default_text="the system's",
        example="Europe/Berlin",
    ),
)

KNOWN_PATHS = frozenset(
    [section.name for section in SECTIONS]
    + [option.path for option in OPTIONS]
    + [f"{option.path}_file" for option in OPTIONS if option.secret]
)
