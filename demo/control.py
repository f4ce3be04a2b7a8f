"""`POST /_control`: the simulator's methods for tests that run it in another process.

The body is one operation or a list of them, carried out in order: `{"do": NAME, ...arguments}`,
where the names and arguments are those of OPERATIONS, for example

    {"do": "set", "entity_id": "sensor.house_power", "state": 412.5}
    {"do": "fault", "kind": "status", "path": "/api/states/*", "status": 503, "times": 2}
    {"do": "outage", "seconds": 3, "starting_s": 1}

`GET /_control` tells what was asked for so far. The server listens on loopback only.
"""

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from demo.api import Reply
from demo.entity import sensor
from demo.problem import Problem
from demo.simulator import Simulator

CONTROL_PATH = "/_control"


def control(simulator: Simulator, method: str, body: bytes) -> Reply:
    """Carry out the operations of a body, then tell how things stand."""
    with simulator.lock:
        if method == "POST":
            _carry_out(simulator, body)
        return Reply(200, "application/json", orjson.dumps(_standing(simulator)))


def _carry_out(simulator: Simulator, body: bytes) -> None:
    try:
        content = orjson.loads(body)
        for operation in content if isinstance(content, list) else [content]:
            arguments = dict(operation)
            OPERATIONS[arguments.pop("do")](simulator, **arguments)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise Problem(f"{type(error).__name__}: {error}; see demo/control.py") from error


def _standing(simulator: Simulator) -> dict[str, Any]:
    last = [[seen.at, seen.method, seen.path, seen.query] for seen in simulator.requests.last]
    return {
        "now": simulator.now(),
        "counts": dict(simulator.requests.by_path),
        "requests": last,
        "faults": len(simulator.faults.faults),
        "entities": list(simulator.entities),
    }


def _outage(
    simulator: Simulator,
    seconds: float | None = None,
    start: float | None = None,
    end: float | None = None,
    starting_s: float = 0.0,
) -> None:
    began = simulator.now() if start is None else start
    ended = began + seconds if seconds is not None else end
    if ended is None:
        raise ValueError("an outage needs `seconds` or `end`, or nobody could end it from outside")
    simulator.outage(began, ended, starting_s=starting_s)


def _add(simulator: Simulator, entity_id: str, **described: Any) -> None:
    simulator.add(entity_id, sensor(**described))


def _token(simulator: Simulator, token: str) -> None:
    simulator.token = token


def _commit_delay(simulator: Simulator, seconds: float) -> None:
    simulator.recorder.commit_delay_s = seconds


def _retention(simulator: Simulator, days: float) -> None:
    simulator.recorder.retention_days = days


OPERATIONS: Mapping[str, Callable[..., object]] = {
    "set": Simulator.set,
    "insert": Simulator.insert,
    "add": _add,
    "remove": Simulator.remove,
    "rename": Simulator.rename,
    "unavailable": Simulator.unavailable,
    "change_unit": Simulator.change_unit,
    "outage": _outage,
    "recorder_gap": Simulator.recorder_gap,
    "commit_delay": _commit_delay,
    "retention": _retention,
    "token": _token,
    "fault": lambda simulator, **fault: simulator.faults.add(**fault),
    "clear_faults": lambda simulator: simulator.faults.clear(),
    "clear_requests": lambda simulator: simulator.requests.clear(),
}
