"""The text of lighttpd.conf, from the templates in deploy/lighttpd and what is installed."""

import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from cli.run.broker import OwnBroker
from cli.run.places import DASHBOARD, TEMPLATES, RunPlaces
from cli.run.template import fill, is_safe
from shared.config import Config, PathsConfig, WebConfig
from shared.errors import ConfigError
from shared.site import public_folder

# No registrar sells these: reserved by RFC 6762, 8375 and 6761 and by ICANN, or given by routers.
_OF_A_HOUSE = ("local", "home.arpa", "internal", "lan", "home", "localdomain", "localhost",
    "intranet", "private", "test", "fritz.box")  # fmt: skip
_LABEL = r"[a-z0-9_-]+"
_HOST = re.compile(rf"{_LABEL}(\.{_LABEL})*")
_MODULE_DIRECTORIES = ("/usr/lib/lighttpd", "/usr/lib64/lighttpd", "/usr/local/lib/lighttpd")


def web_configuration(
    config: Config, places: RunPlaces, address: str, port: int, broker: OwnBroker | None
) -> str:
    """Return lighttpd.conf; `broker` is what `/mqtt` leads to. ConfigError if it can't be made."""
    # A browser may fetch from here, and from the one folder that holds the copies.
    sources = ("'self'", public_folder(config.github))
    parts = {
        "DEFLATE": _part("deflate", {}) if has_module("mod_deflate") else "",
        "TLS": _tls(config.web),
        "WEBSOCKET": _websocket(broker, config.web) if broker and has_websocket() else "",
    }
    values = {
        "ADDRESS": f"[{address}]" if ":" in address else address,
        "PORT": str(port),
        "NAMES": host_pattern(config.web.names),
        "MODULES": "".join(f', "{module}"' for module in _modules(parts)),
        "CONNECT": " ".join(filter(None, sources)),
        "VENDORED": "|".join(re.escape(name) for name in _vendored()),
        **_directories(config.paths, places),
    }
    return _part("lighttpd", {**_safe(values, allowed=("MODULES",)), **parts})


def has_websocket() -> bool:
    """Whether this lighttpd can speak websocket to browsers."""
    return has_module("mod_wstunnel")


def has_module(name: str, exists: Callable[[Path], bool] = Path.exists) -> bool:
    """Whether lighttpd's module lies where distributions put it."""
    return any(exists(Path(directory) / f"{name}.so") for directory in _MODULE_DIRECTORIES)


def _vendored() -> list[str]:
    """Return the files of the page's libraries, below their directory."""
    vendor = DASHBOARD / "vendor"
    return sorted(file.relative_to(vendor).as_posix() for file in vendor.glob("*/*"))


def _modules(parts: dict[str, str]) -> list[str]:
    needed = {"DEFLATE": "mod_deflate", "TLS": "mod_openssl", "WEBSOCKET": "mod_wstunnel"}
    return [module for part, module in needed.items() if parts[part]]


def _directories(paths: PathsConfig, places: RunPlaces) -> dict[str, str]:
    """Return directories without symbolic links in them, as lighttpd follows none."""
    directories = {
        "RUN_DIRECTORY": places.run,
        "SITE_DIRECTORY": places.site,
        "DASHBOARD": DASHBOARD,
        "TEMPLATES": TEMPLATES,
        "DATA_DIRECTORY": paths.data_dir,
        "VOLATILE_DIRECTORY": paths.volatile_dir,
    }
    return {name: str(directory.resolve()) for name, directory in directories.items()}


def _websocket(broker: OwnBroker, web: WebConfig) -> str:
    values = {
        "BROKER_ADDRESS": broker.host,
        "BROKER_PORT": str(broker.port),
        "NAMES": host_pattern(web.names),
    }
    return _part("websocket", values)


def host_pattern(names: Sequence[str]) -> str:
    """Return the pattern of the hosts, port included, that this web server answers to.

    Those are addresses, names without a dot, names that end as no name on the internet can, this
    machine's own one, and `names`.
    """
    own = [*names, os.uname().nodename.lower()]
    ways = [
        r"[0-9.]+",
        r"\[[0-9a-f:.%]+\]",
        rf"{_LABEL}(?:\.{_LABEL})*\.(?:{'|'.join(map(re.escape, _OF_A_HOUSE))})",
        _LABEL,
        *(re.escape(name) for name in own if _HOST.fullmatch(name)),
    ]
    return f"(?i:{'|'.join(ways)})(?::[0-9]+)?"


def _tls(web: WebConfig) -> str:
    if not (web.tls_certificate and web.tls_key):
        return ""
    if not has_module("mod_openssl"):
        raise ConfigError(
            "web.tls_certificate: lighttpd can't speak TLS: its mod_openssl is not installed",
            hint="apt-get install lighttpd-mod-openssl (Debian, Ubuntu)",
        )
    for option, file in (("tls_certificate", web.tls_certificate), ("tls_key", web.tls_key)):
        _check_readable(f"web.{option}", file)
    if web.tls_key.stat().st_mode & 0o007:
        raise ConfigError(
            f"web.tls_key: everybody can read {web.tls_key}", hint=f"chmod 600 {web.tls_key}"
        )
    files = {"CERTIFICATE": str(web.tls_certificate.resolve()), "KEY": str(web.tls_key.resolve())}
    return _part("tls", _safe(files))


def _check_readable(option: str, file: Path) -> None:
    try:
        file.open("rb").close()
    except OSError as error:
        raise ConfigError(f"{option}: {file}: {error.strerror}", hint=f"ls -l {file}") from None


def _part(name: str, values: dict[str, str]) -> str:
    return fill((TEMPLATES / f"{name}.conf").read_text(), values)


def _safe(values: dict[str, str], allowed: tuple[str, ...] = ()) -> dict[str, str]:
    for name, value in values.items():
        if name not in allowed and not is_safe(value):
            raise ConfigError(f"{value!r} can't stand in lighttpd.conf")
    return values
