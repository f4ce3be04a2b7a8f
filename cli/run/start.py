"""Put everything together on one machine and keep it running."""

import os
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from cli.run import demo, identity, lock, page, services
from cli.run.again import command_line
from cli.run.banner import banner
from cli.run.broker import OwnBroker, known_port
from cli.run.options import LOCAL, RunOptions
from cli.run.places import RunPlaces, executable, make_private, placed
from cli.run.program import Program
from cli.run.rest import Kept, Night, lie_down
from cli.run.supervisor import Supervisor
from cli.run.web import OwnWeb
from shared import clock, leaks
from shared.config import Config, load
from shared.errors import ConfigError, Refused
from shared.manager import ADDRESS_VARIABLE, Manager
from shared.sources import heard_topics
from shared.starts import note_start

_INSTALL = "apt-get install {0} (Debian, Ubuntu) or apk add {0} (Alpine)"


def start(options: RunOptions, environ: Mapping[str, str], night: Night | None = None) -> int:
    """Run until stopped; return the exit status. MonitorError when it can't begin.

    With `night` it goes on where it lay down.
    """
    leaks.prevent()
    if night:
        places = RunPlaces(night.config.paths.state_dir)
        return _supervise(night.config, options, places, night.lock, night.command, night)
    loaded = load(options.config, environ)
    config = placed(loaded, options.var)
    places = RunPlaces(config.paths.state_dir)
    held = _take_lock(places)
    for name in identity.end_leftovers(places.run):
        say(f"ended {name}, left behind by an earlier run")
    command = command_line(options.config, options.var if config != loaded else None)
    return _supervise(config, options, places, held, command)


def say(line: str) -> None:
    """Tell whoever started it."""
    print(f"power-monitor: {line}", flush=True)  # noqa: T201 - the supervisor's only voice


def noted(program: Program, state: Path) -> Program:
    """Return a program whose starts are noted; our services note their own."""

    def prepare(failures: int) -> None:
        note_start(state, program.name, clock.now())
        program.prepare(failures)

    return replace(program, prepare=prepare)


def _take_lock(places: RunPlaces) -> int:
    try:
        make_private(places.run)
        return lock.take(places.lock)
    except OSError as error:
        raise Refused(
            f"{places.state_dir}: {error.strerror}",
            hint=f"sudo install -d -o $USER {places.state_dir}",
        ) from None


def _supervise(  # noqa: PLR0917 - it puts everything together
    config: Config,
    options: RunOptions,
    places: RunPlaces,
    held: int,
    command: str,
    night: Night | None = None,
) -> int:
    broker = _own_broker(config, options, places)
    web = _own_web(config, options, places, broker)
    own = {server.name: server for server in (broker, web) if server}
    for name, port in (night.ports if night else {}).items():
        own[name].keep(port)
    state = places.state_dir
    programs = [noted(server.program(), state) for server in own.values()]
    if options.simulate:
        programs.insert(0, demo.simulator(config))

    def effective() -> Config:
        return replace(config, mqtt=broker.settings()) if broker else config

    def ready() -> None:
        url = web.url if web else None
        text = banner(effective(), url, places, command=command, own_broker=bool(broker))
        print(text, flush=True)  # noqa: T201 - what the user waits for

    programs += services.programs(config, effective)
    manager = Manager(os.environ, time.monotonic)
    environ = dict(os.environ)
    os.environ.pop(ADDRESS_VARIABLE, None)  # what the children have to say goes to us

    def rest(children: Mapping[str, Kept]) -> None:
        ports = {name: server.port for name, server in own.items()}
        known = Night(config, command, ports, children, held, manager.descriptor)
        lie_down(known, manager.every_s, options, environ)

    supervisor = Supervisor(
        programs,
        places.run,
        say=say,
        on_ready=ready,
        manager=manager,
        close=(held,),
        hangup_stops=sys.stdin is not None and sys.stdin.isatty(),
        lie_down=rest,
        kept=night.children if night else None,
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
    heard = heard_topics(config.sources)
    asked = options.mqtt_listen
    address = config.mqtt.listen if asked == LOCAL else asked
    port = known_port(config.mqtt, address)
    return OwnBroker(config.mqtt, places, found, address=address, port=port, heard=heard)


def _own_web(
    config: Config, options: RunOptions, places: RunPlaces, broker: OwnBroker | None
) -> OwnWeb | None:
    found = executable("lighttpd")
    if found is None:
        say(f"no page: lighttpd is not installed: {_INSTALL.format('lighttpd')}")
        page.forget(places)
        return None
    return OwnWeb(config, places, found, broker=broker, address=options.listen, port=options.port)
