"""What a scenario holds, asked of a process of its own: no user code runs in this one."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from loadcell.config import RunConfig, find_scenarios
from loadcell.errors import ScenarioError

_PATIENCE_S = 20.0


@dataclass(frozen=True, slots=True)
class Argument:
    """One option that the scenario itself declares."""

    flags: tuple[str, ...]
    help: str = ""
    metavar: str = ""
    """Empty for an option without a value."""
    secret: bool = False
    """Whether nobody else may read its value."""


@dataclass(frozen=True, slots=True)
class Description:
    """The scenario's user classes and its own options."""

    user_classes: list[str] = field(default_factory=list)
    arguments: list[Argument] = field(default_factory=list)

    @property
    def own(self) -> frozenset[str]:
        """The names of its options, without dashes."""
        return frozenset(flag.lstrip("-") for argument in self.arguments for flag in argument.flags)


@cache
def describe(scenario: str) -> Description:
    """What the file declares. ScenarioError says why it can't be loaded."""
    found = ask("--describe", scenario)
    return Description(
        user_classes=[one["name"] if isinstance(one, dict) else str(one) for one in found.get("user_classes", [])],
        arguments=[_argument(one) for one in found.get("arguments", [])],
    )


def ask(what: str, scenario: str, wanted: dict[str, Any] | None = None) -> dict[str, Any]:
    """What a process that loads the file answers to `--describe` or `--preview`. ScenarioError if it can't be loaded."""
    import json
    import subprocess

    find_scenarios(scenario)
    told = [] if wanted is None else [json.dumps(wanted)]
    command = [sys.executable, "-m", "loadcell.process", what, scenario, *told, *sys.argv]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE_S, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        raise ScenarioError(f"{scenario} was not loaded within {_PATIENCE_S:.0f} s.") from None
    # The file itself may print as it is loaded, and when it is done with.
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    try:
        found: dict[str, Any] = json.loads(lines[-1])
    except (ValueError, IndexError):
        raise ScenarioError(done.stderr.strip() or f"{scenario} can't be loaded.") from None
    if "message" in found:
        raise ScenarioError(found["message"], found.get("hint", ""))
    return found


def ratio(config: RunConfig) -> dict[str, Any]:
    """How often each task runs, per user class and in all, as fractions. ScenarioError if the file can't be loaded."""
    import json
    import subprocess

    done = subprocess.run(_ratio_command(config, as_json=True), capture_output=True, text=True, stdin=subprocess.DEVNULL)
    try:
        # The file itself may print as it is loaded.
        found: dict[str, Any] = json.loads(done.stdout[done.stdout.index('{\n    "per_class"') :])
    except ValueError:
        raise ScenarioError(done.stderr.strip() or f"{config.scenario} can't be loaded.") from None
    return found


def print_ratio(config: RunConfig) -> int:
    """Let the scenario's own process print how often each task runs; returns its exit code."""
    import subprocess

    sys.stdout.flush()
    command = _ratio_command(config, as_json=config.show_task_ratio_json)
    return subprocess.run(command, check=False, stdin=subprocess.DEVNULL).returncode


def _ratio_command(config: RunConfig, *, as_json: bool) -> list[str]:
    import json

    wanted = {"user_classes": config.user_classes, "users": config.users, "json": as_json}
    return [sys.executable, "-m", "loadcell.process", "--ratio", config.scenario, json.dumps(wanted)]


def _argument(found: dict[str, Any]) -> Argument:
    return Argument(
        flags=tuple(found.get("flags", ())),
        help=found.get("help") or "",
        metavar=found.get("metavar") or "",
        secret=bool(found.get("secret")),
    )
