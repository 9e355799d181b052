"""Which processes of this machine listen on a port. Linux's /proc; elsewhere, and for other accounts' processes, nothing."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_LISTENS = "0A"
"""The state of a listening socket in /proc/net/tcp."""


@dataclass(frozen=True, slots=True)
class Listening:
    """The processes that share a listening port."""

    main: int
    """The pid of the one that the others come from."""
    pids: tuple[int, ...]
    """All that hold the socket."""

    @property
    def workers(self) -> int:
        """How many accept connections: the main process only keeps order where there are others."""
        return len([pid for pid in self.pids if pid != self.main]) or 1


def find_listening(port: int) -> Listening | None:
    """Who listens on `port` in this network namespace; None if nobody does, or it can't be seen."""
    sockets = {f"socket:[{inode}]" for inode in _inodes(port)}
    holders = [pid for pid in _pids() if _holds(pid, sockets)] if sockets else []
    if not holders:
        return None
    first = [pid for pid in holders if parent_of(pid) not in holders]
    main = min(first)
    parents = {parent_of(pid) for pid in first}
    if len(first) > 1 and len(parents) == 1:
        # Each worker has a socket of its own, and the process that started them has none.
        (parent,) = parents
        if parent is not None and executable_of(parent) == executable_of(main):
            main = parent
    return Listening(main, tuple(holders))


def parent_of(pid: int) -> int | None:
    """The pid of a process's parent."""
    try:
        # The name, in brackets, may hold anything.
        return int(Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()[1])
    except (OSError, ValueError, IndexError):
        return None


def executable_of(pid: int) -> str | None:
    """The path of the program that a process runs."""
    try:
        return str(Path(f"/proc/{pid}/exe").readlink())
    except OSError:
        return None


def _inodes(port: int) -> Iterable[str]:
    for name in ("tcp", "tcp6"):
        try:
            lines = Path(f"/proc/net/{name}").read_text().splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            words = line.split()
            if len(words) > 9 and words[3] == _LISTENS and int(words[1].rpartition(":")[2], 16) == port:
                yield words[9]


def _pids() -> list[int]:
    try:
        return sorted(int(name) for name in os.listdir("/proc") if name.isdecimal())
    except OSError:
        return []


def _holds(pid: int, sockets: set[str]) -> bool:
    folder = f"/proc/{pid}/fd"
    try:
        names = os.listdir(folder)
    except OSError:
        return False
    for name in names:
        try:
            if os.readlink(f"{folder}/{name}") in sockets:
                return True
        except OSError:
            continue
    return False
