"""What the controller finds out about the machine it runs on."""

from __future__ import annotations

import os
import platform
import resource
from importlib import metadata
from pathlib import Path
from typing import Any

from loadcell.service.git import git_revision

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


def describe_machine(scenario: Path) -> dict[str, Any]:
    """Cores, memory, versions, and the git revision of the scenario's folder where it has one. Takes milliseconds."""
    found: dict[str, Any] = {
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "cpu": _cpu_model(),
        "memory_mb": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // (1 << 20),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "versions": {name: _version(name) for name in ("loadcell", "gevent")},
    }
    if revision := git_revision(scenario.parent):
        found["git_revision"] = revision
    return found


def _cpu_model() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(errors="replace").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    except OSError:
        pass
    return platform.machine()


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "unknown"
