"""A network of its own for each test worker, so that no two of them ever want the same port."""

import ctypes
import fcntl
import socket
import struct

_CLONE_NEWNET = 0x40000000  # linux/sched.h
_SIOCSIFFLAGS = 0x8914  # linux/sockios.h
_IFF_UP = 1
_INTERFACE = "16sh14x"  # struct ifreq: a name, and flags in a union of sixteen bytes


def take_own_network() -> bool:
    """Leave the machine's network for a new one with nothing but loopback; root alone can.

    Whatever is started from this thread is in it, too. Returns whether it could be had.
    """
    if ctypes.CDLL(None).unshare(_CLONE_NEWNET) != 0:
        return False
    with socket.socket() as any_socket:
        wanted = struct.pack(_INTERFACE, b"lo", _IFF_UP)
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, wanted)
    return True
