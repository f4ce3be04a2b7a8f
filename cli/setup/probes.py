"""The dialogue's trials, carried out for real: short patience, for somebody is waiting."""

import tempfile
from functools import singledispatch
from pathlib import Path
from typing import Any

from cli.setup import hearing
from cli.setup.effects import (
    EnterHouse,
    GreetBroker,
    GreetHouse,
    HearDevice,
    ListStates,
    TryDirectory,
    TryRepository,
)
from services.collector.home_assistant import HomeAssistant, Patience
from services.syncer.answers import Place
from services.syncer.standing import standing
from services.syncer.wire import Timeouts, Wire
from shared import clock
from shared.atomic import disk_error
from shared.errors import Refused

_PATIENCE = Patience(connect_s=5.0, read_s=10.0, answer_s=20.0)
_TIMEOUTS = Timeouts(connect_s=5.0, read_s=15.0, answer_s=20.0, pace_s=0.0)
_STATES_LIMIT_BYTES = 16 << 20


@singledispatch
def carry_out(trial: object) -> Any:
    """Try it; raises MonitorError with what stands in the way."""
    raise TypeError(f"no such trial: {trial!r}")


@carry_out.register
def _(trial: GreetHouse) -> None:
    with HomeAssistant(trial.url, "", clock.now, _PATIENCE) as house:
        house.greet()


@carry_out.register
def _(trial: EnterHouse) -> Any:
    with HomeAssistant(trial.url, trial.token, clock.now, _PATIENCE) as house:
        return house.get("config")


@carry_out.register
def _(trial: ListStates) -> Any:
    with HomeAssistant(trial.url, trial.token, clock.now, _PATIENCE) as house:
        return house.get("states", _STATES_LIMIT_BYTES)


@carry_out.register
def _(trial: GreetBroker) -> None:
    hearing.greet(trial.mqtt)


@carry_out.register
def _(trial: HearDevice) -> str:
    return hearing.hear(trial.raw)


@carry_out.register
def _(trial: TryRepository) -> Any:
    place = Place(trial.repo, trial.api_url)
    trusted = Path(trial.ca_file) if trial.ca_file else None
    wire = Wire(place, trial.token, trusted, _TIMEOUTS)
    try:
        return standing(wire, place)
    finally:
        wire.close()


@carry_out.register
def _(trial: TryDirectory) -> None:
    if not trial.path.is_dir():
        raise Refused(f"{trial.path} is not there", hint="plug it in, or mount it; then try again")
    try:
        with tempfile.TemporaryFile(dir=trial.path):
            pass
    except OSError as error:
        raise disk_error(trial.path, error) from None
