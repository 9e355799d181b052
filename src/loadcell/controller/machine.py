"""What the controller finds out about the machine it runs on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from loadcell import machine
from loadcell.service.git import git_revision


def describe_machine(scenario: Path) -> dict[str, Any]:
    """Cores, memory, versions, and the git revision of the scenario's folder where it has one. Takes milliseconds."""
    found = machine.describe_machine(("loadcell", "gevent"))
    if revision := git_revision(scenario.parent):
        found["git_revision"] = revision
    return found
