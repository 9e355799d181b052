"""What the controller finds out about the machine it runs on."""

from __future__ import annotations

import resource
from pathlib import Path
from typing import Any

from loadcell.service import machine
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
    found = machine.describe_machine(("loadcell", "gevent"))
    if revision := git_revision(scenario.parent):
        found["git_revision"] = revision
    return found
