"""Control groups, version 1 and 2: what they allow their processes, and how often they hold them back."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath

from loadcell.monitors.files import text_of
from loadcell.monitors.procfs import parse_fields

_UNLIMITED = 1 << 60
"""Bytes; version 1 says a number near 2⁶³ for no limit."""


@dataclass(frozen=True, slots=True)
class Group:
    """The folders in which the kernel shows one process's group: its own first, then those above it up to the top."""

    name: str
    cpu: tuple[Path, ...]
    memory: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Throttling:
    """Counters of a CPU quota."""

    periods: int
    throttled: int
    """Periods in which the quota was used up."""
    held_ms: float


def group_of(pid: int) -> Group:
    """The control group of a process, as far as it is mounted here."""
    return locate(text_of(f"/proc/{pid}/cgroup") or "", text_of("/proc/self/mountinfo") or "")


@lru_cache(maxsize=256)
def locate(groups: str, mounts: str) -> Group:
    """Where the CPU and memory controllers show a group, from /proc/<pid>/cgroup and /proc/self/mountinfo; pure."""
    paths: dict[str, str] = {}
    for line in groups.splitlines():
        _, controllers, path = line.split(":", 2)
        paths |= dict.fromkeys(controllers.split(","), path)
    places = _mounted(mounts)
    folders = {}
    for controller in ("cpu", "memory"):
        kind = controller if controller in places and controller in paths else ""
        folders[controller] = _folders(paths.get(kind), places.get(kind))
    return Group(paths.get("cpu") or paths.get("", "/"), folders["cpu"], folders["memory"])


def _mounted(mounts: str) -> dict[str, tuple[PurePosixPath, Path]]:
    """Root and place of each controller's tree; "" is that of version 2."""
    found = {}
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        words, kind = before.split(), after.split()
        if len(words) < 5 or len(kind) < 3:
            continue
        place = (PurePosixPath(words[3]), Path(words[4]))
        if kind[0] == "cgroup2":
            found[""] = place
        elif kind[0] == "cgroup":
            found |= dict.fromkeys(kind[2].split(","), place)
    return found


def _folders(path: str | None, place: tuple[PurePosixPath, Path] | None) -> tuple[Path, ...]:
    if path is None or place is None:
        return ()
    root, top = place
    group = PurePosixPath(path)
    # In a container the mount shows the container's own group as the top, and names may lead out of it.
    below = group.relative_to(root) if group.is_relative_to(root) else PurePosixPath()
    if ".." in below.parts:
        below = PurePosixPath()
    return tuple(top / each for each in (below, *below.parents)) if below.parts else (top,)


def cores_of(pid: int, group: Group | None = None) -> float | int | None:
    """The cores that a process may use: by its affinity, and by the quota of its control group where there is one."""
    try:
        allowed = len(os.sched_getaffinity(pid))
    except (AttributeError, OSError):
        return None
    quota = cpu_limit(group or group_of(pid))
    return allowed if quota is None else min(allowed, round(quota, 2))


def cpu_limit(group: Group) -> float | None:
    """The cores that the group and those above it allow; None without a limit."""
    limits = [limit for folder in group.cpu if (limit := _quota(folder)) is not None]
    return min(limits, default=None)


def memory_limit(group: Group) -> int | None:
    """The bytes that the group and those above it allow; None without a limit."""
    limits = [limit for folder in group.memory if (limit := _bytes(folder, "memory.max", "memory.limit_in_bytes"))]
    return min((limit for limit in limits if limit < _UNLIMITED), default=None)


def memory_used(group: Group) -> int | None:
    """The bytes that count against the limit, without those that can be given back at once."""
    for folder in group.memory[:1]:
        used = _bytes(folder, "memory.current", "memory.usage_in_bytes")
        if used is not None:
            reclaimable = parse_fields(text_of(folder / "memory.stat") or "")
            return max(used - reclaimable.get("total_inactive_file", reclaimable.get("inactive_file", 0)), 0)
    return None


def throttling(group: Group) -> Mapping[Path, Throttling]:
    """The counters of the group and of those above it that have a quota, by folder."""
    return {folder: parse_throttling(text_of(folder / "cpu.stat") or "") for folder in group.cpu if _quota(folder)}


def oom_kills(group: Group) -> int | None:
    """Processes of the group killed because memory ran out."""
    for folder in group.memory[:1]:
        for name in ("memory.events", "memory.oom_control"):
            if (kills := parse_fields(text_of(folder / name) or "").get("oom_kill")) is not None:
                return kills
    return None


def parse_throttling(text: str) -> Throttling:
    """Parse cpu.stat, of either version; pure."""
    fields = parse_fields(text)
    held_ms = fields["throttled_usec"] / 1e3 if "throttled_usec" in fields else fields.get("throttled_time", 0) / 1e6
    return Throttling(fields.get("nr_periods", 0), fields.get("nr_throttled", 0), held_ms)


def parse_quota(quota: str, period: str) -> float | None:
    """Cores, from µs per period; None for "max" and -1; pure."""
    return int(quota) / int(period) if quota.isdecimal() and period.isdecimal() and int(period) else None


def _quota(folder: Path) -> float | None:
    words = (text_of(folder / "cpu.max") or "").split()
    if len(words) != 2:
        words = [(text_of(folder / name) or "").strip() for name in ("cpu.cfs_quota_us", "cpu.cfs_period_us")]
    return parse_quota(*words)


def _bytes(folder: Path, *names: str) -> int | None:
    texts: Iterator[str] = (text.strip() for name in names if (text := text_of(folder / name)))
    return next((int(text) for text in texts if text.isdecimal()), None)
