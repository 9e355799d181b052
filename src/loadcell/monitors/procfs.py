"""The texts of /proc, parsed; pure. What a kernel doesn't say is left out, nothing is an error."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, NamedTuple

_STALLS = re.compile(r"^(some|full) .*total=(\d+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Stat:
    """What /proc/<pid>/stat says of a process or thread."""

    name: str
    state: str
    """R, S, D …"""
    parent: int
    minor_faults: int
    major_faults: int
    user_ticks: int
    system_ticks: int
    reaped_ticks: int
    """CPU of ended children that were waited for."""
    threads: int
    started: int
    """Ticks after the machine's start; with the pid it tells one process from another."""


class Socket(NamedTuple):
    """A TCP socket as the kernel sees it."""

    state: int
    """1 established, 8 closed by the other side, 10 listening …"""
    unread: int
    """Bytes that the process has not read; of a listening socket, the connections that wait for accept()."""
    unsent: int
    """Bytes that the other side has not confirmed; of a listening socket, how many may wait, where that is known."""
    port: int = 0
    inode: int = 0
    account: int = 0
    """The uid of who opened it."""


def parse_stat(text: str) -> Stat:
    """Parse /proc/<pid>/stat. ValueError if it is none."""
    # The name, in brackets, may hold anything, brackets and spaces too.
    before, bracket, rest = text.rpartition(")")
    words = rest.split()
    if not bracket or len(words) < 20:
        raise ValueError("not a stat file")
    return Stat(
        name=before.partition("(")[2],
        state=words[0],
        parent=int(words[1]),
        minor_faults=int(words[7]),
        major_faults=int(words[9]),
        user_ticks=int(words[11]),
        system_ticks=int(words[12]),
        reaped_ticks=int(words[13]) + int(words[14]),
        threads=int(words[17]),
        started=int(words[19]),
    )


def parse_schedstat(text: str) -> tuple[int, int] | None:
    """How long a thread ran, and how long it was ready and waited for a core, in ns."""
    words = text.split()
    return (int(words[0]), int(words[1])) if len(words) >= 2 and all(map(str.isdecimal, words[:2])) else None


def parse_fields(text: str) -> dict[str, int]:
    """Lines of `name value` or `name: value kB`, with sizes in bytes: status, io, smaps_rollup, vmstat, cpu.stat …"""
    found = {}
    for line in text.splitlines():
        words = line.split()
        if len(words) >= 2 and words[1].isdecimal():
            found[words[0].removesuffix(":")] = int(words[1]) * (1024 if words[2:] == ["kB"] else 1)
    return found


def parse_descriptor_limit(text: str) -> int | None:
    """How many files a process may have open, from /proc/<pid>/limits; None if there is no limit."""
    for line in text.splitlines():
        if line.startswith("Max open files"):
            soft = line.removeprefix("Max open files").split()[0]
            return int(soft) if soft.isdecimal() else None
    return None


def parse_pressure(text: str) -> dict[Literal["some", "full"], int]:
    """The µs that tasks were stalled, from /proc/pressure/*."""
    return {kind: int(total) for kind, total in _STALLS.findall(text)}


def parse_netstat(text: str) -> dict[str, int]:
    """/proc/<pid>/net/netstat and snmp: each protocol has a line of names and one of values."""
    found = {}
    lines = text.splitlines()
    for names, values in zip(lines[::2], lines[1::2], strict=False):
        protocol = names.partition(":")[0]
        if values.partition(":")[0] == protocol:
            for name, value in zip(names.split()[1:], values.split()[1:], strict=False):
                found[f"{protocol}.{name}"] = int(value)
    return found


def parse_epoll_targets(text: str) -> set[str]:
    """The descriptors that an epoll watches, from /proc/<pid>/fdinfo/<epoll>."""
    return {line.split()[1] for line in text.splitlines() if line.startswith("tfd:")}


def parse_sockets(text: str, port: int | None = None, state: int | None = None) -> list[Socket]:
    """The sockets at a port of this side, or at any, in a state or in any, from /proc/net/tcp or tcp6."""
    found = []
    for line in text.splitlines()[1:]:
        words = line.split()
        if len(words) < 10 or (state is not None and int(words[3], 16) != state):
            continue
        at = int(words[1].rpartition(":")[2], 16)
        if port is None or at == port:
            unsent, _, unread = words[4].partition(":")
            found.append(Socket(int(words[3], 16), int(unread, 16), int(unsent, 16), at, int(words[9]), int(words[7])))
    return found
