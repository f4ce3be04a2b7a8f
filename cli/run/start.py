"""Put everything together on one machine and keep it running."""

import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from cli.run import demo, identity, lock, services
from cli.run.banner import banner
from cli.run.broker import OwnBroker
from cli.run.options import RunOptions
from cli.run.places import RunPlaces, executable, make_private
from cli.run.supervisor import Supervisor
from cli.run.web import OwnWeb
from shared.config import Config, PathsConfig, load
from shared.errors import ConfigError, Refused

_INSTALL = "apt-get install {0} (Debian, Ubuntu) or apk add {0} (Alpine)"
_SYSTEM_DATA = Path("/var/www/html")
_SYSTEM_STATE = Path("/var/lib/power-monitor")


def start(options: RunOptions, environ: Mapping[str, str]) -> int:
    """Run until stopped; return the exit status. MonitorError when it can't begin."""
    config = load(options.config, environ)
    if options.var:
        config = replace(config, paths=within(options.var.absolute(), config.paths))
    places = RunPlaces(config.paths.state_dir)
    held = _take_lock(places)
    for name in identity.end_leftovers(places.run):
        say(f"ended {name}, left behind by an earlier run")
    return _supervise(config, options, places, held)


def within(var: Path, paths: PathsConfig) -> PathsConfig:
    """Move what is still at its system-wide default below `var`."""
    data = var / "data" if paths.data_dir == _SYSTEM_DATA else paths.data_dir
    state = var / "state" if paths.state_dir == _SYSTEM_STATE else paths.state_dir
    volatile = data if paths.volatile_dir == paths.data_dir else paths.volatile_dir
    return PathsConfig(data_dir=data, volatile_dir=volatile, state_dir=state)


def say(line: str) -> None:
    """Tell whoever started it."""
    print(f"power-monitor: {line}", flush=True)  # noqa: T201 - the supervisor's only voice


def _take_lock(places: RunPlaces) -> int:
    try:
        make_private(places.run)
        return lock.take(places.lock)
    except OSError as error:
        raise Refused(
            f"{places.state_dir}: {error.strerror}",
            hint=f"sudo install -d -o $USER {places.state_dir}",
        ) from None


def _supervise(config: Config, options: RunOptions, places: RunPlaces, held: int) -> int:
    broker = _own_broker(config, options, places)
    web = _own_web(config, options, places, broker)
    programs = [server.program() for server in (broker, web) if server]
    if options.simulate:
        programs.insert(0, demo.simulator(config))

    def effective() -> Config:
        return replace(config, mqtt=broker.settings()) if broker else config

    def ready() -> None:
        text = banner(effective(), web.url if web else None, places, own_broker=bool(broker))
        print(text, flush=True)  # noqa: T201 - what the user waits for

    programs += services.programs(config, effective)
    services.share_memory()
    supervisor = Supervisor(
        programs,
        places.run,
        say=say,
        on_ready=ready,
        close=(held,),
        hangup_stops=sys.stdin is not None and sys.stdin.isatty(),
    )
    return supervisor.run()


def _own_broker(config: Config, options: RunOptions, places: RunPlaces) -> OwnBroker | None:
    if config.mqtt.host is not None:
        return None
    found = executable("mosquitto")
    if found is None:
        raise ConfigError(
            "mosquitto is not installed, and no other broker is configured (mqtt.host)",
            hint=_INSTALL.format("mosquitto"),
        )
    return OwnBroker(config.mqtt, places, found, address=options.mqtt_listen)


def _own_web(
    config: Config, options: RunOptions, places: RunPlaces, broker: OwnBroker | None
) -> OwnWeb | None:
    found = executable("lighttpd")
    if found is None:
        say(f"no page: lighttpd is not installed: {_INSTALL.format('lighttpd')}")
        return None
    return OwnWeb(config, places, found, broker=broker, address=options.listen, port=options.port)


def main(options: RunOptions) -> int:
    """Start with the environment of this process."""
    return start(options, os.environ)
