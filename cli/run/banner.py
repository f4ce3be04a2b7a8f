"""What a person needs to know once everything runs."""

from collections.abc import Callable
from pathlib import Path
from shlex import quote

from cli.broker_users import DEVICE
from cli.run.places import RunPlaces
from shared.config import Config
from shared.sources import sensors_of
from shared.topics import Topics


def banner(
    config: Config, page: str | None, places: RunPlaces, *, command: str, own_broker: bool
) -> str:
    """Return the address of the page and lines to copy and paste."""
    topics = Topics(config.mqtt.base_topic)
    mqtt = config.mqtt
    tool = _tool(config, places.client_options.absolute() if own_broker else None)
    lines = [
        "",
        f"  The page     {page or 'none: lighttpd is not installed'}",
        *_admin_page(page, config if own_broker else None),
        f"  The files    {config.paths.data_dir}",
        f"  The broker   {mqtt.address} port {mqtt.port}"
        + (f", users and their passwords in {mqtt.credentials_dir}" if own_broker else ""),
        *_devices(config if own_broker else None),
        "",
        "  How it is, and whether anything is in the way:",
        f"    {command} status",
        f"    {command} doctor",
        "",
        "  Watch what happens, and take a reading now"
        + (" (as the user admin):" if own_broker else ":"),
        f"    {tool('mosquitto_sub')} -v -t {quote(f'{topics.base}/#')}",
        f"    {tool('mosquitto_pub')} -q 1 -n -t {quote(topics.request('collector', 'collect'))}",
        "",
        "  Stop with Ctrl-C.",
        "",
    ]
    return "\n".join(lines)


def _admin_page(page: str | None, config: Config | None) -> list[str]:
    """Return where to sign in; without a broker of our own there is no user `admin` to sign in."""
    if page is None or config is None or config.mqtt.credentials_dir is None:
        return []
    password = config.mqtt.credentials_dir / "admin"
    return [f"  To manage    {page}admin.html, user admin, password in {password}"]


def _devices(config: Config | None) -> list[str]:
    """Return how devices sign in, when there are sources they speak for."""
    if config is None or not sensors_of(config.sources) or config.mqtt.credentials_dir is None:
        return []
    return [f"  For devices  user {DEVICE}, password in {config.mqtt.credentials_dir / DEVICE}"]


def _tool(config: Config, options: Path | None) -> Callable[[str], str]:
    """Return program name -> the start of its command line, free of passwords."""
    if options:
        # The password stands in an options file in this directory; Mosquitto 2.0's tools find
        # such a file by this variable only.
        return lambda program: f"XDG_CONFIG_HOME={quote(str(options))} {program}"
    mqtt = config.mqtt
    user = f" -u {quote(mqtt.username)}" if mqtt.username else ""
    return lambda program: f"{program} -h {mqtt.address} -p {mqtt.port}{user}"
