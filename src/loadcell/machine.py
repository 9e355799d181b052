"""The machine that this process runs on: what the record of a run keeps of it, and its limit of open files. Takes
milliseconds."""

from __future__ import annotations

import os
import platform
import resource
import socket
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from typing import Any

_UNLIMITED = 1 << 62


def raise_descriptor_limit() -> int:
    """Raise this process's limit of open files as far as it may go, for its children as well; returns the limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
            soft = hard
        except (ValueError, OSError):
            pass  # Some systems name a hard limit that they do not grant.
    return _UNLIMITED if soft == resource.RLIM_INFINITY else soft


def describe_machine(packages: Iterable[str]) -> dict[str, Any]:
    """Cores, memory, system, and the versions of Python and of some packages."""
    return {
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "cpu": _cpu_model(),
        "memory_mb": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // (1 << 20),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "versions": {name: version_of(name) for name in packages},
    }


def host_name() -> str:
    """The machine's name, without its domain."""
    return socket.gethostname().partition(".")[0]


def boot_of() -> str:
    """What is the same for all processes of one machine, containers included, until it is started anew; empty if unknown."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def version_of(package: str) -> str:
    """The version of an installed package."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "unknown"


def _cpu_model() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(errors="replace").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    except OSError:
        pass
    return platform.machine()
