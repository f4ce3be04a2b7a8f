"""What each option of config.json may be.

A check takes what JSON gave and returns the value to use, or raises BadInput with the reason only
(`must be > 0`): whoever reports it knows which values are secret.
"""

import re
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from shared.alerts import PLACEHOLDERS, TITLES
from shared.errors import BadInput
from shared.reading import RESERVED

Check = Callable[[object], Any]

LONGEST_TEXT = 1024
LONGEST_TOPIC = 256
LARGEST_NUMBER = 10**15
_METRIC = re.compile(r"[a-z][a-z0-9_]{0,63}")
_ENTITY = re.compile(r"[a-z0-9_]{1,127}\.[a-z0-9_]{1,127}")
_HOST = re.compile(r"[A-Za-z0-9._-]+|(?=.*:.*:)[0-9A-Fa-f:.]+(%[A-Za-z0-9._-]+)?")
_HOST_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*")
_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*/(?!\.{1,2}$)[A-Za-z0-9._-]+")
_BRANCH = re.compile(r"(?![-/.])(?!.*(?:\.\.|//|/\.|@\{|\.lock(?:/|$)))[^\s~^:?*\[\\]+(?<![/.])")
_FOLDER = re.compile(r"(?!/)(?!.*//)(?!(?:.*/)?\.{1,2}(?:/|$))[^\\?#%]+")
_BRACED = re.compile(r"\{([a-z_]+)\}")
_NO_URL = "must be a full URL such as http://homeassistant.local:8123"


def is_comment(key: str) -> bool:
    """Whether a key of config.json is for the reader only."""
    return key in {"comment", "comments"} or key.startswith("_")


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


def anything(value: object) -> object:
    """Let everything through: what has a structure of its own is checked by its reader."""
    return value


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
    return int(count(least=1, most=65535)(value))


def count(*, least: int, most: int) -> Check:
    """Make a check for a whole number in a range."""

    def check(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise BadInput("must be a whole number")
        return int(number(least=least, most=most)(value))

    return check


def interval_s(value: object) -> int:
    """Minutes, possibly a fraction, as the whole seconds that divide an hour."""
    seconds: int = round(number(above=0, most=LARGEST_NUMBER)(value) * 60)
    if not 1 <= seconds <= 3600:  # noqa: PLR2004 - an hour, as in the message
        raise BadInput("must be 1 s to 60 min")
    if 3600 % seconds:
        raise BadInput(f"must divide an hour ({seconds} s do not)")
    return seconds


def in_minutes(seconds: int) -> object:
    """Write seconds the way `interval_s` reads them: as minutes, whole ones without a fraction."""
    minutes = seconds / 60
    return int(minutes) if minutes.is_integer() else minutes


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


def webhook_url(value: object) -> str:
    """Check where alerts are sent; a query belongs to it, and it is a secret as a whole."""
    address = text(value)
    if not address.isascii() or any(mark in address for mark in " @#\\"):
        raise BadInput("must hold no user name, space, backslash or #")
    url(address.partition("?")[0])
    return address


def webhook_body(value: object) -> dict[str, Any]:
    """Check the JSON that is sent: an object whose texts name only what there is."""
    if not isinstance(value, dict):
        raise BadInput("must be an object {...}")
    _check_placeholders(value)
    return value


def _check_placeholders(value: object) -> None:
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            _check_placeholders(item)
    elif isinstance(value, str):
        for name in _BRACED.findall(value):
            if name not in PLACEHOLDERS:
                known = ", ".join(PLACEHOLDERS)
                raise BadInput(f"{{{name[:40]}}} is not known; known are {known}")


def alert_names(value: object) -> tuple[str, ...]:
    """Check a list of alerts by name."""
    if not isinstance(value, list | tuple):
        raise BadInput("must be a list of names")
    unknown = [name for name in value if not isinstance(name, str) or name not in TITLES]
    if unknown:
        raise BadInput(f"must be names of alerts: {', '.join(TITLES)}")
    return tuple(value)


def host_names(value: object) -> tuple[str, ...]:
    """Check a list of names that browsers may ask for, as they write them."""
    if not isinstance(value, list | tuple):
        raise BadInput("must be a list of names")
    names = [str(name).lower().rstrip(".") for name in value]
    if not all(_HOST_NAME.fullmatch(name) for name in names):
        raise BadInput("must be names such as monitor.example.org, without http:// and port")
    return tuple(names)


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
