"""Whether a server of ours answers."""

import socket

_TIMEOUT_S = 0.5  # on this machine


def reachable(address: str) -> str:
    """Return the address by which this machine reaches a server listening on `address`."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address, address)  # noqa: S104 - the listener's


def accepts(address: str, port: int) -> bool:
    """Whether a TCP server listens there."""
    try:
        with socket.create_connection((reachable(address), port), timeout=_TIMEOUT_S):
            return True
    except OSError:
        return False


def speaks_http(address: str, port: int) -> bool:
    """Whether a web server answers there."""
    try:
        with socket.create_connection((reachable(address), port), timeout=_TIMEOUT_S) as connection:
            connection.sendall(b"HEAD / HTTP/1.0\r\n\r\n")
            return connection.recv(7) == b"HTTP/1."
    except OSError:
        return False
