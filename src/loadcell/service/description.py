"""What can be seen of the service under test from here. What can't be seen is left out; nothing is an error."""

from __future__ import annotations

import ipaddress
import socket
import statistics
import time
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from loadcell.guard import Guard
from loadcell.monitors.cgroups import cores_of
from loadcell.monitors.listening import executable_of, find_listening
from loadcell.service.command_line import server_of
from loadcell.service.git import git_revision
from loadcell.service.software import software_of
from loadcell.text import masked_command

_CONNECTS = 5
_PATIENCE_S = 1.0
_MOST_WORDS = 60
_LIBRARIES = {"uvloop": ("loop", "uvloop"), "httptools": ("http", "httptools")}
"""Compiled libraries that a process has loaded, and what that says."""


def describe_target(url: str, guard: Guard) -> dict[str, Any]:
    """Where the service is and, if that is this machine, how it was started. Sends no request; connects only over a
    network, and only to addresses that the guard permits.
    """
    try:
        parts = urlsplit(url)
        if parts.scheme == "http+unix":
            return {"path": "unix socket", "socket": unquote(parts.netloc)}
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, ValueError):
        return {}
    permitted = [str(info[4][0]) for info in found if guard.permits(host, str(info[4][0]))]
    if not permitted:
        return {}
    address = permitted[0]
    described: dict[str, Any] = {"address": address, "port": port}
    if _is_loopback(address) or _is_own(address):
        return {**described, "path": "loopback", **describe_processes(port)}
    described["path"] = "network"
    if (round_trip := _round_trip_ms(address, port)) is not None:
        described["round_trip_ms"] = round_trip
    return described


def _is_loopback(address: str) -> bool:
    number = ipaddress.ip_address(address)
    return number.is_loopback or number.is_unspecified


def _is_own(address: str) -> bool:
    """Whether it is an address of this machine: only those can be bound."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((address, 0))
            return True
    except OSError:
        return False


def _round_trip_ms(address: str, port: int) -> float | None:
    """The median time that opening a connection takes; None if none can be opened."""
    times = []
    for _ in range(_CONNECTS):
        began = time.perf_counter()
        try:
            socket.create_connection((address, port), timeout=_PATIENCE_S).close()
        except OSError:
            break
        times.append((time.perf_counter() - began) * 1000)
    return round(statistics.median(times), 3) if times else None


def describe_processes(port: int | None, within: int | None = None) -> dict[str, Any]:
    """How the processes that listen on a port of this machine, or those of the process `within`, were started."""
    listening = find_listening(port, within)
    if listening is None:
        return {}
    pid = listening.main
    worker = listening.workers[0]
    words = _words(pid)
    command = masked_command(words[:_MOST_WORDS])
    described: dict[str, Any] = {"pid": pid, "workers": len(listening.workers), "command": command}
    for library, (name, value) in _LIBRARIES.items():
        if _has_loaded(worker, library):
            described[name] = value
    # What was asked for says more than what is loaded; but the processes are counted, not believed.
    described |= {name: value for name, value in server_of(words).items() if name != "workers" and value != "auto"}
    if cores := cores_of(worker):
        described["cores"] = cores
    if words and words[0].startswith("/"):
        described |= software_of(Path(words[0]))
    elif executable := executable_of(pid):
        described |= software_of(Path(executable))
    with suppress(OSError):
        if revision := git_revision(Path(f"/proc/{pid}/cwd").resolve(strict=True)):
            described["git_revision"] = revision
    return described


def _words(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").rstrip("\0").split("\0")
    except OSError:
        return []


def _has_loaded(pid: int, library: str) -> bool:
    try:
        return f"/{library}/" in Path(f"/proc/{pid}/maps").read_text(errors="replace")
    except OSError:
        return False
