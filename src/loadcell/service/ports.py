"""Ports for a service that is started here."""

from __future__ import annotations

import random
import socket
from pathlib import Path

_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_LOWEST = 10_000
_TRIES = 100


def free_port() -> int:
    """A free port of 127.0.0.1, if possible one that the system gives to no client's connection.

    From those, who connects to a port where nobody listens yet may be given the very same one, and be connected to itself.
    """
    for port in _steady():
        with socket.socket() as tried:
            try:
                tried.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    with socket.socket() as given:
        given.bind(("127.0.0.1", 0))
        return int(given.getsockname()[1])


def _steady() -> list[int]:
    try:
        first = int(_RANGE.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return []
    ports = range(min(_LOWEST, first // 2), first)
    return random.sample(ports, min(_TRIES, len(ports)))
