"""Every option of config.json, declared once: validation, example and reference derive from it.

A check takes what JSON gave and returns the value to use, or raises BadInput with the reason only
(`must be > 0`): whoever reports it knows which values are secret.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from shared.errors import BadInput
from shared.reading import RESERVED

Check = Callable[[object], Any]

LONGEST_TEXT = 1024
LONGEST_TOPIC = 256
LARGEST_NUMBER = 10**15
_METRIC = re.compile(r"[a-z][a-z0-9_]{0,63}")
_ENTITY = re.compile(r"[a-z0-9_]{1,127}\.[a-z0-9_]{1,127}")
_HOST = re.compile(r"[A-Za-z0-9._-]+|(?=.*:.*:)[0-9A-Fa-f:.]+(%[A-Za-z0-9._-]+)?")
_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*/(?!\.{1,2}$)[A-Za-z0-9._-]+")
_BRANCH = re.compile(r"(?![-/.])(?!.*(?:\.\.|//|/\.|@\{|\.lock(?:/|$)))[^\s~^:?*\[\\]+(?<![/.])")
_NO_URL = "must be a full URL such as http://homeassistant.local:8123"
_FOLDER = re.compile(r"(?!/)(?!.*//)(?!(?:.*/)?\.{1,2}(?:/|$))[^\\?#%]+")


@dataclass(frozen=True, slots=True)
class Section:
    """One object of config.json; an optional one is switched off in the example."""

    name: str
    meaning: str
    old: str = ""
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Option:
    """One key of config.json; `default` and `example` are written as the file writes them.

    `field` is the attribute of the section's dataclass; `written` turns its value back into the
    file's form; `per_metric` makes the value an object whose entries are each checked.
    """

    path: str
    check: Check
    meaning: str
    default: Any = None
    default_text: str = ""
    unit: str = ""
    required: bool = False
    environment: str = ""
    example: Any = None
    field: str = ""
    written: Callable[[Any], object] | None = None
    old: str = ""
    per_metric: bool = False

    @property
    def section(self) -> str:
        """Name of the section, "" at the top level."""
        return self.path.rpartition(".")[0]

    @property
    def key(self) -> str:
        """The key within its section."""
        return self.path.rpartition(".")[2]

    @property
    def attribute(self) -> str:
        """The attribute of the section's dataclass that holds the value."""
        return self.field or self.key

    @property
    def secret(self) -> bool:
        """Whether the value must never be shown; every secret has an environment variable."""
        return bool(self.environment)


def text(value: object) -> str:
    """Printable text: without control characters, line ends or half characters."""
    if not isinstance(value, str):
        raise BadInput("must be text")
    if not value.strip():
        raise BadInput("must not be empty")
    if len(value) > LONGEST_TEXT or not value.isprintable():
        raise BadInput(f"must be at most {LONGEST_TEXT} printable characters")
    return value


def matching(pattern: re.Pattern[str], reason: str) -> Check:
    """Make a check for text that fits the pattern as a whole."""

    def check(value: object) -> str:
        if not pattern.fullmatch(text(value)):
            raise BadInput(reason)
        return str(value)

    return check


def switch(value: object) -> bool:
    """Check for true or false, nothing that merely looks like it."""
    if not isinstance(value, bool):
        raise BadInput("must be true or false")
    return value


def number(*, above: float | None = None, least: float | None = None, most: float) -> Check:
    """Make a check for a finite number in a range."""

    def check(value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise BadInput("must be a number")
        if value != value:  # noqa: PLR0124 - NaN; math.isnan overflows on huge integers
            raise BadInput("must be a finite number")
        if above is not None and value <= above:
            raise BadInput(f"must be > {above}")
        if least is not None and value < least:
            raise BadInput(f"must be >= {least}")
        if value > most:
            raise BadInput(f"must be <= {most}")
        return float(value)

    return check


def port(value: object) -> int:
    """Check a TCP port."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise BadInput("must be a whole number")
    return int(number(least=1, most=65535)(value))


def interval_s(value: object) -> int:
    """Minutes, possibly a fraction, as the whole seconds that divide an hour."""
    seconds: int = round(number(above=0, most=LARGEST_NUMBER)(value) * 60)
    if not 1 <= seconds <= 3600:  # noqa: PLR2004 - an hour, as in the message
        raise BadInput("must be 1 s to 60 min")
    if 3600 % seconds:
        raise BadInput(f"must divide an hour ({seconds} s do not)")
    return seconds


def span(value: object) -> tuple[float, float]:
    """Lowest and highest plausible value."""
    if not isinstance(value, list | tuple) or len(value) != 2:  # noqa: PLR2004 - a pair
        raise BadInput("must be a list of two numbers: [lowest, highest]")
    finite = number(least=-LARGEST_NUMBER, most=LARGEST_NUMBER)
    low, high = finite(value[0]), finite(value[1])
    if low >= high:
        raise BadInput("must be [lowest, highest], the lowest first")
    return low, high


def url(value: object) -> str:
    """Check a full http or https URL; it comes back without the slash at its end."""
    address = text(value)
    if "@" in address:
        raise BadInput("must hold no user name or password")
    if "?" in address or "#" in address or "\\" in address or " " in address:
        raise BadInput("must hold no space, backslash, ? or #")
    try:
        parts = urlsplit(address)
        fits = parts.scheme in {"http", "https"} and parts.port != 0 and address.isascii()
    except ValueError:
        raise BadInput(_NO_URL) from None
    if not (fits and _HOST.fullmatch(parts.hostname or "")):
        raise BadInput(_NO_URL)
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


def api_url(value: object) -> str:
    """Check a URL to which a token may be sent: https, or http within this machine."""
    address = url(value)
    parts = urlsplit(address)
    if parts.scheme == "http" and not _is_loopback(parts.hostname or ""):
        raise BadInput("must start with https:// (plain http only to this machine)")
    return address


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def token(value: object) -> str:
    """Check a secret that goes into an HTTP header."""
    secret = text(value)
    if not secret.isascii() or " " in secret:
        raise BadInput("must be the token alone, without spaces")
    return secret


def topic(value: object) -> str:
    """Check the start of every topic."""
    name = text(value)
    if any(mark in name for mark in "+#\0") or name.startswith("$"):
        raise BadInput("must hold no + or # and not start with $")
    if name.startswith("/") or name.endswith("/"):
        raise BadInput("must not start or end with /")
    if len(name.encode()) > LONGEST_TOPIC:
        raise BadInput(f"must be at most {LONGEST_TOPIC} bytes")
    return name


def folder(value: object) -> Path:
    """Check a directory; whether it exists is for its user to find out."""
    if text(value).startswith("~"):
        raise BadInput("must be written out, ~ is not known to a service")
    return Path(str(value))


def absolute_folder(value: object) -> Path:
    """Check a directory written with its full path, as that of a mount always is."""
    place = folder(value)
    if not place.is_absolute():
        raise BadInput("must be a full path, starting with /")
    return place


def remote_type(value: object) -> str:
    """Check the kind of a remote."""
    if value != "directory":
        raise BadInput('must be "directory" (GitHub has a section of its own, "github")')
    return "directory"


def repository_folder(value: object) -> str:
    """Check a folder within a repository; it comes back without the slash at its end."""
    name = text(value).removesuffix("/")
    if not _FOLDER.fullmatch(name):
        raise BadInput("must be a folder inside the repository, such as data")
    return name


def zone(value: object) -> str:
    """Check the name of a time zone this machine knows."""
    name = text(value)
    if _knows_zone(name):
        return name
    if not _knows_zone("UTC"):
        raise BadInput("this machine has no time zone data: apt install tzdata (or apk add tzdata)")
    raise BadInput("must be the IANA name of a time zone, such as Europe/Berlin")


def _knows_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


metric_name = matching(_METRIC, "must be a name of a-z, 0-9 and _, starting with a letter")
entity_id = matching(_ENTITY, "must be an entity such as sensor.house_power")
host = matching(_HOST, "must be a host name or address alone, without a scheme or port")
repository = matching(_REPOSITORY, "must be owner/name")
branch = matching(_BRANCH, "must be the name of a branch, such as main")


def metric(value: object) -> str:
    """Check a metric's name, which becomes a key of readings and buckets."""
    name: str = metric_name(value)
    if name in RESERVED:
        raise BadInput("is a name the documents need themselves, choose another")
    return name


def _minutes(seconds: int) -> object:
    minutes = seconds / 60
    return int(minutes) if minutes.is_integer() else minutes


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
    Section("data", "What is collected, and how often."),
    Section("paths", "Where files live. A relative path starts at the configuration's directory."),
)

OPTIONS = (
    Option(
        "home_assistant.url",
        url,
        "Full URL of Home Assistant, with its port; a path before `/api` is allowed.",
        required=True,
        example="http://homeassistant.local:8123",
    ),
    Option(
        "home_assistant.token",
        token,
        "Long-lived access token: in Home Assistant your profile, Security.",
        required=True,
        environment="POWER_MONITOR_HA_TOKEN",
        example="put-the-long-lived-access-token-here",
    ),
    Option(
        "home_assistant.entities",
        entity_id,
        "Metric name to entity, at most 64. `power` is required and always kept in W; `energy` "
        "and `export` are meters that only count up, in kWh; every other metric is a gauge. The "
        'old spelling `"entity_id": "sensor.x"` means `power`.',
        required=True,
        example={"power": "sensor.house_power"},
        old="entity_id",
        per_metric=True,
    ),
    Option(
        "home_assistant.discovery",
        switch,
        "Show the monitor as a device in Home Assistant.",
        default=False,
    ),
    Option(
        "mqtt.host",
        host,
        "Name or address of the broker. Not given, `power-monitor run` starts its own.",
        default_text="127.0.0.1",
        example="127.0.0.1",
    ),
    Option("mqtt.port", port, "TCP port of the broker.", default=1883),
    Option(
        "mqtt.username",
        text,
        "Broker user of every service. Not given, each service signs in as itself with its "
        "password from `mqtt.credentials`.",
        default_text="one user for each service",
        example="power-monitor",
    ),
    Option(
        "mqtt.password",
        text,
        "Password of `mqtt.username`.",
        default_text="none",
        environment="POWER_MONITOR_MQTT_PASSWORD",
        example="put-the-password-here",
    ),
    Option("mqtt.tls", switch, "Encrypt the connection to the broker.", default=False),
    Option("mqtt.base_topic", topic, "Start of every topic.", default="power-monitor"),
    Option(
        "mqtt.credentials",
        folder,
        "Directory with one file for each broker user, named like the user and holding its "
        "password; only their owner may read them (mode 600).",
        default_text="`credentials` in `paths.state_dir`",
        example="/var/lib/power-monitor/credentials",
        field="credentials_dir",
    ),
    Option(
        "github.token",
        token,
        "Fine-grained token with Contents: read and write on the one repository.",
        default_text="off",
        environment="POWER_MONITOR_GITHUB_TOKEN",
        example="put-the-token-here",
    ),
    Option(
        "github.repo",
        repository,
        "The repository, as `owner/name`; required with a token.",
        default_text="none",
        example="owner/name",
    ),
    Option("github.branch", branch, "Branch to write to.", default="main"),
    Option("github.directory", repository_folder, "Folder in the repository.", default="data"),
    Option(
        "github.api_url",
        api_url,
        "URL of the API, also of a GitHub Enterprise server; plain `http` only to this machine.",
        default="https://api.github.com",
    ),
    Option(
        "github.archive",
        switch,
        "Also upload each finished day's readings, once.",
        default=False,
    ),
    Option(
        "github.pages",
        switch,
        "Also publish the dashboard and all four files as a static site.",
        default=False,
    ),
    Option(
        "github.ca_file",
        folder,
        "Certificates to trust instead of the usual ones, in PEM: for a GitHub Enterprise server, "
        "or a proxy that opens TLS.",
        default_text="the usual ones",
        example="/etc/ssl/certs/company-ca.pem",
    ),
    Option(
        "remote.type",
        remote_type,
        "What kind of place it is: a `directory`.",
        default="directory",
    ),
    Option(
        "remote.path",
        absolute_folder,
        "The directory, which must exist: one that is not there, such as a stick that is not "
        "plugged in, is waited for and never made.",
        default_text="off",
        example="/media/stick/power-monitor",
    ),
    Option(
        "remote.archive",
        switch,
        "Also keep each finished day's readings there.",
        default=False,
    ),
    Option(
        "data.local_collection_interval_minutes",
        interval_s,
        "Time between two readings. May be a fraction, is rounded to whole seconds, and must "
        "divide an hour: 1 s to 60 min.",
        default=10,
        unit="min",
        field="interval_s",
        written=_minutes,
    ),
    Option(
        "data.live_interval_seconds",
        number(least=0.1, most=3600),
        "Time between two live values, which are shown and not stored.",
        default_text="off",
        unit="s",
        example=5,
        field="live_interval_s",
    ),
    Option(
        "data.publish_interval_minutes",
        number(above=0, most=10080),
        "How often the static site is published.",
        default=60,
        unit="min",
    ),
    Option(
        "data.backfill_days",
        number(least=0, most=3660),
        "How far back missed time is asked from Home Assistant, which keeps 10 days by itself.",
        default=10,
        unit="d",
    ),
    Option(
        "data.bounds",
        span,
        "Plausibility bounds, `[lowest, highest]` by metric; a value outside is unknown.",
        default={},
        default_text="none",
        unit="the metric's",
        example={"power": [-30000, 30000]},
        per_metric=True,
    ),
    Option(
        "paths.data_dir",
        folder,
        "The four files, and the web root: `/daily.json` and the others are served from here.",
        default="/var/www/html",
    ),
    Option(
        "paths.volatile_dir",
        folder,
        "Where daily.json really lives when this is a tmpfs, to spare the flash; `paths.data_dir` "
        "then holds a symbolic link to it.",
        default_text="`paths.data_dir`",
        example="/run/power-monitor",
    ),
    Option(
        "paths.state_dir",
        folder,
        "Journal, book of daily buckets, outbox and cursors: what must survive a power cut.",
        default="/var/lib/power-monitor",
    ),
    Option(
        "timezone",
        zone,
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


def is_comment(key: str) -> bool:
    """Whether a key of config.json is for the reader only."""
    return key in {"comment", "comments"} or key.startswith("_")


def nearest(path: str, known: Iterable[str] = KNOWN_PATHS) -> str:
    """Return the known path a mistyped or misplaced one most likely means, or ""."""
    from difflib import get_close_matches  # noqa: PLC0415 - only a mistake pays for the import

    section, _, key = path[:LONGEST_TEXT].rpartition(".")
    anywhere = {name.rpartition(".")[2]: name for name in sorted(known)}
    here = {name.rpartition(".")[2]: name for name in known if name.rpartition(".")[0] == section}
    for names, likeness in ((here, 0.8), (anywhere, 0.8), (here, 0.5)):
        for match in get_close_matches(key, names, n=1, cutoff=likeness):
            return names[match]
    return next(iter(get_close_matches(path[:LONGEST_TEXT], sorted(known), n=1)), "")
