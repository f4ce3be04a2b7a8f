"""Free TCP ports, the same ones as last time where that is possible."""

import errno
import json
import os
import socket
from collections.abc import Mapping
from pathlib import Path

from cli.run.places import write_private

# Below the range from which outgoing connections take theirs, so that nobody sits on a port
# while its server restarts.
_LOWEST, _HIGHEST = 20000, 30000
_ATTEMPTS = 100


def trouble(address: str, port: int) -> str:
    """Return why a server could not listen there now, "" when it could; port 0 stands for any."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return f"port {port} at {address} is taken"
            if error.errno == errno.EACCES:
                return f"port {port} is for root alone"
            return f"{address} is no address of this machine"
    return ""


def is_free(address: str, port: int) -> bool:
    """Whether a server could listen there now."""
    return not trouble(address, port)


def choose(address: str, wanted: int | None) -> int:
    """Return the wanted port if it is free, else any that is; OSError when there is none."""
    if wanted and is_free(address, wanted):
        return wanted
    for _ in range(_ATTEMPTS):
        port = _LOWEST + int.from_bytes(os.urandom(4), "big") % (_HIGHEST - _LOWEST)
        if is_free(address, port):
            return port
    raise OSError(f"no free port at {address}")


def remembered(file: Path) -> Mapping[str, int]:
    """Return server name -> port of last time; nothing when the file is unusable."""
    try:
        found = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {name: port for name, port in found.items() if isinstance(port, int)}


def remember(file: Path, name: str, port: int) -> None:
    """Keep the port of one server for next time."""
    write_private(file, json.dumps({**remembered(file), name: port}) + "\n")
