"""Which processes of this machine serve a port. Linux's /proc; elsewhere, and for other accounts' processes, nothing."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from loadcell.monitors.files import text_of
from loadcell.monitors.inet_diag import FAMILIES, LISTEN, listening_of
from loadcell.monitors.procfs import Socket, parse_epoll_targets, parse_sockets, parse_stat


@dataclass(frozen=True, slots=True)
class Listening:
    """The processes that share a listening port."""

    main: int
    """The pid of the one that the others come from."""
    pids: tuple[int, ...]
    """All that hold the socket."""
    workers: tuple[int, ...]
    """Those that accept connections: neither one that only keeps order, nor what a worker has forked for other purposes."""


def find_listening(port: int | None, within: int | None = None) -> Listening | None:
    """Who listens on `port`, or on any; None if nobody does, or it can't be seen.

    `within` is the pid of a process: only it and what comes from it are looked at, in its network namespace.
    """
    sockets = {f"socket:[{each.inode}]" for each in listening_sockets(port, within)}
    return _listening(_pids() if within is None else family_of(within), sockets) if sockets else None


def listening_sockets(port: int | None, pid: int | None = None) -> list[Socket]:
    """The TCP sockets that listen on `port`, or on any, in the network namespace of `pid`."""
    if same_namespace(pid):
        with suppress(OSError, AttributeError):  # not permitted, not Linux
            return [each for family in FAMILIES for each in listening_of(port, family)]
    folder = f"/proc/{pid or 'self'}/net"
    return [each for name in ("tcp", "tcp6") for each in parse_sockets(text_of(f"{folder}/{name}") or "", port, LISTEN)]


def same_namespace(pid: int | None) -> bool:
    """Whether a process is in the network namespace of this one."""
    try:
        return pid is None or os.readlink(f"/proc/{pid}/ns/net") == os.readlink("/proc/self/ns/net")
    except OSError:
        return False


def family_of(pid: int) -> list[int]:
    """A process and all that come from it, itself first."""
    found = [pid]
    for each in found:
        children = _children(each)
        if children is None:
            return descendants(pid, {other: parent for other in _pids() if (parent := parent_of(other)) is not None})
        found += children
    return found


def descendants(pid: int, parents: Mapping[int, int]) -> list[int]:
    """A process and all that come from it, given each one's parent; pure."""
    found = [pid]
    for each in found:
        found += [child for child, parent in parents.items() if parent == each and child not in found]
    return found


def parent_of(pid: int) -> int | None:
    """The pid of a process's parent."""
    try:
        return parse_stat(text_of(f"/proc/{pid}/stat") or "").parent
    except ValueError:
        return None


def executable_of(pid: int) -> str | None:
    """The path of the program that a process runs."""
    try:
        return str(Path(f"/proc/{pid}/exe").readlink())
    except OSError:
        return None


def workers_among(parents: Mapping[int, int | None], waiting: Collection[int]) -> list[int]:
    """Which of the holders of a listening socket accept its connections; pure.

    `parents` has each holder's parent, `waiting` those that are seen waiting for connections (epoll). A holder whose
    children hold the socket too only keeps order, unless it is seen waiting. What comes from a worker has only inherited.

    >>> workers_among({10: 1, 11: 10, 12: 10}, waiting=[])  # a supervisor and its two
    [11, 12]
    >>> workers_among({10: 1, 11: 10, 12: 10}, waiting=[10, 11, 12])  # a worker that forked twice
    [10]
    """
    found: list[int] = []
    for pid in sorted(parents, key=lambda each: len(_ancestors(each, parents))):
        has_children = any(parent == pid for parent in parents.values())
        if not set(found).intersection(_ancestors(pid, parents)) and (pid in waiting or not has_children):
            found.append(pid)
    return sorted(found)


def _listening(candidates: Iterable[int], sockets: set[str]) -> Listening | None:
    held = {pid: fds for pid in candidates if (fds := _held(pid, sockets))}
    if not held:
        return None
    parents = {pid: parent_of(pid) for pid in held}
    first = [pid for pid, parent in parents.items() if parent not in held]
    main = min(first)
    if len(first) > 1 and len({parents[pid] for pid in first}) == 1:
        # Each worker has a socket of its own, and the process that started them has none.
        parent = parents[main]
        if parent is not None and executable_of(parent) == executable_of(main):
            main = parent
    waiting = [pid for pid, fds in held.items() if _waits_for(pid, fds)]
    return Listening(main, tuple(sorted(held)), tuple(workers_among(parents, waiting)))


def _ancestors(pid: int, parents: Mapping[int, int | None]) -> list[int]:
    """The holders that a holder comes from."""
    found: list[int] = []
    parent = parents[pid]
    while parent is not None and parent in parents:
        found.append(parent)
        parent = parents[parent]
    return found


def _children(pid: int) -> list[int] | None:
    """The children of a process; None where the kernel doesn't tell, or the process is gone."""
    folder = f"/proc/{pid}/task"
    try:
        threads = os.listdir(folder)
    except OSError:
        return None
    texts = [text_of(f"{folder}/{thread}/children") for thread in threads]
    if all(text is None for text in texts):
        return None
    return [int(word) for text in texts if text is not None for word in text.split()]


def _pids() -> list[int]:
    try:
        return sorted(int(name) for name in os.listdir("/proc") if name.isdecimal())
    except OSError:
        return []


def _held(pid: int, sockets: set[str]) -> list[str]:
    """The descriptors by which a process holds one of the sockets."""
    folder = f"/proc/{pid}/fd"
    try:
        names = os.listdir(folder)
    except OSError:
        return []
    found = []
    for name in names:
        try:
            if os.readlink(f"{folder}/{name}") in sockets:
                found.append(name)
        except OSError:
            continue
    return found


def _waits_for(pid: int, descriptors: Collection[str]) -> bool:
    """Whether a process has asked an epoll to be told of something at one of its descriptors."""
    folder = f"/proc/{pid}/fd"
    try:
        names = os.listdir(folder)
    except OSError:
        return False
    for name in names:
        try:
            if os.readlink(f"{folder}/{name}") == "anon_inode:[eventpoll]":
                targets = parse_epoll_targets(text_of(f"/proc/{pid}/fdinfo/{name}") or "")
                if not targets.isdisjoint(descriptors):
                    return True
        except OSError:
            continue
    return False
