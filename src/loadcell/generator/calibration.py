"""What this process can do: how many requests a core's time is enough for, and how punctual its event loop is."""

from __future__ import annotations

import platform
import socket
import time
from importlib.metadata import version
from typing import Any
from urllib.parse import urlsplit

import gevent

from loadcell.generator.equipment import Equipment
from loadcell.generator.sockets import SO_TIMESTAMPNS
from loadcell.http.session import Session
from loadcell.scenario.events import RequestHook

_USERS = 10
_TICK_S = 0.001
_PATIENCE_S = 10.0


def calibrate(url: str, requests_s: float = 2.0, lag_s: float = 1.0) -> dict[str, Any]:
    """Measure for `requests_s` with requests to a server of our own, and for `lag_s` without.

    `rps_per_core` are requests per second of this process's CPU time, so that what else runs meanwhile matters little.
    """
    lag = _lags_ms(lag_s)
    equipment = Equipment()
    until = time.monotonic() + requests_s
    before = _cpu_s()
    users = [gevent.spawn(_send, url, equipment, until) for _ in range(_USERS)]
    gevent.joinall(users)
    spent_s = _cpu_s() - before
    sent = sum(user.value or 0 for user in users)
    equipment.network.close()
    return {
        "requests": sent,
        "rps_per_core": sent / spent_s if spent_s > 0 else 0.0,
        "lag_p99_ms": lag[int(len(lag) * 0.99)],
        "lag_max_ms": lag[-1],
        "kernel_stamps": _is_stamped(url),
        "loop": type(gevent.get_hub().loop).__module__.rpartition(".")[2],
        "python": platform.python_version(),
        "versions": {name: version(name) for name in ("loadcell", "gevent", "greenlet", "httptools")},
    }


def _send(url: str, equipment: Equipment, until: float) -> int:
    session = Session(url, RequestHook(), None, equipment.runtime.transport)
    sent = 0
    while time.monotonic() < until:
        sent += session.get("/").ok
    return sent


def _is_stamped(url: str) -> bool:
    """Whether the kernel notes when bytes came."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname or "", parts.port or 80), timeout=_PATIENCE_S) as connection:
        try:
            connection.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        except OSError:
            return False
        connection.sendall(b"GET / HTTP/1.1\r\nHost: doctor\r\n\r\n")
        _, control, _, _ = connection.recvmsg(65536, socket.CMSG_SPACE(16))
    return bool(control)


def _lags_ms(seconds: float) -> list[float]:
    """How late a timer of a millisecond was, each time, in ascending order."""
    lags = []
    end = time.monotonic() + seconds
    while (began := time.monotonic()) < end:
        gevent.sleep(_TICK_S)
        lags.append(max(0.0, (time.monotonic() - began - _TICK_S) * 1000))
    return sorted(lags)


def _cpu_s() -> float:
    return time.process_time()
