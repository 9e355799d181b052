"""What is known about a run before it starts and after it ended, as the run file keeps it."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from loadcell.objectives import Result

State = Literal["running", "finished", "crashed"]


class RunFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a run is, settled before its first second."""

    id: str
    started: float
    """Second 0 of the run, in seconds since the epoch."""
    scenario: str
    name: str = ""
    host: str | None = None
    plan: str = ""
    """The plan in words, e.g. "100 users at 10/s for 5m"."""
    effort: str = ""
    """Of an assessment; empty where the run is none."""
    model: str = "closed"
    generators: int = 1
    nodes: int = 1
    users: int = 1
    spawn_rate: float = 1.0
    run_time_s: float | None = None
    percentiles: tuple[float, ...] = ()
    """Those to report, in %, where the scenario chose them; empty for the usual ones."""
    command: str = ""
    environment: dict[str, dict[str, Any]] = msgspec.field(default_factory=lambda: {"generator": {}, "target": {}})


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """How a run ended."""

    exit_code: int
    reasons: list[str] = []
    verdict: str = "none"
    objectives: list[Result] = []
    """How each objective was kept, stage by stage."""
    ended_s: float = 0.0
    """Seconds from the run's start to its end."""
    requests: int = 0
    failures: int = 0


class StoredEvent(msgspec.Struct, frozen=True):
    """Something that happened, `at_s` seconds after the run's start."""

    at_s: float
    kind: str
    text: str
    level: str = "info"
    data: dict[str, Any] = {}


class StoredStage(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of the run at one load, from `start_s` to `end_s` seconds after its start: what came before it had settled
    is not part of it."""

    phase: str
    """ramp, baseline, load, stress, search, recovery, soak or spike."""
    users: float | None = None
    """The load in users (closed model); the highest where it changed."""
    rate: float | None = None
    """The load in iterations/s (open model); the highest where it changed."""
    start_s: float
    end_s: float
    passed: bool | None = None
    """Whether it met every objective that was judged in it; None where none was."""
    data: dict[str, Any] = {}


class StoredReading(msgspec.Struct, frozen=True):
    """One value that a monitor read, `at_s` seconds after the run's start (before it: below 0)."""

    at_s: float
    source: str
    signal: str
    value: float
    unit: str = ""
    of: str = ""
    """Which worker, database, device … it is about."""


class StoredSight(msgspec.Struct, frozen=True):
    """What a monitor knows that is no number."""

    at_s: float
    source: str
    kind: Literal["fact", "unseen"]
    name: str
    """Of a fact, its name; of what can't be seen, what that is."""
    text: str
    """Of a fact, what it says; of what can't be seen, how it could be."""
    of: str = ""
