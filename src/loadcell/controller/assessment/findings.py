"""What an assessment is to find out, and what it knows so far; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from loadcell.controller.assessment import readings
from loadcell.controller.assessment.schedule import Schedule
from loadcell.controller.assessment.steps import Model, Stage, level_text
from loadcell.controller.search import Capacity, Measured
from loadcell.controller.search.recovery import Recovery
from loadcell.controller.search.signs import Sign, Signs
from loadcell.objectives import Objective, parse_objective

DEFAULT_ERROR_RATE = "error_rate < 1%"
DEFAULT_P95_FACTOR = 5.0
DEFAULT_P95_MS = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is to be found out."""

    model: Model
    objectives: Sequence[Objective]
    """Those that were given; without any, the default ones are taken."""
    schedule: Schedule
    most: float
    """The most load to try: users, or iterations/s."""


@dataclass(slots=True)
class Findings:
    """What is known so far: at any moment the report of an assessment that was broken off."""

    objectives: list[Objective] = field(default_factory=list)
    baseline: Stage | None = None
    stages: list[Stage] = field(default_factory=list)
    capacity: Capacity | None = None
    signs: list[Sign] = field(default_factory=list)
    """The signs of distress above the capacity, in the order of the load at which they showed."""
    reference: Stage | None = None
    """Half the capacity on the way up."""
    recovery: Recovery | None = None
    recovery_s: float | None = None
    """Seconds from the drop of the load to the first good window."""
    again: Stage | None = None
    """The baseline after the stress."""
    signals: dict[int, Mapping[str, float]] = field(default_factory=dict)
    """What the service felt, by second of the run."""
    phase: str = "baseline"
    doing: str = ""
    generator_limit: float | None = None
    """The load at which the generators had no time left."""
    ended: str = ""
    """Why the assessment ended before its time; empty if it did not."""

    @property
    def limiting(self) -> list[Objective]:
        """The objectives that more load can make a service miss."""
        return [objective for objective in self.objectives if readings.limits(objective)]

    def limit_of(self, metric: str) -> float | None:
        """The limit of the first objective about this metric of all entries."""
        limits = (one.limit for one in self.limiting if one.metric == metric and one.entry is None)
        return next(limits, None)

    @property
    def allowed_error_rate(self) -> float:
        """The objective, else 1 %."""
        limit = self.limit_of("error_rate")
        return 0.01 if limit is None else limit

    @property
    def distress_p95_ms(self) -> float:
        """The p95 that is a sign of distress."""
        assert self.baseline is not None
        p95 = readings.figures_of(self.baseline.intervals).percentile_ms(95) or 0.0
        return Signs.latency_limit_of(p95, self.limit_of("p95"))


def capacity_text(capacity: Capacity | None, model: Model) -> str:
    """What is known of the capacity, in words; empty at first."""
    if capacity is None:
        return ""
    load = level_text(capacity.load, model)
    if capacity.at_least:
        return f"{load} or more"
    low, high = (level_text(end, model) for end in (capacity.low, capacity.high))
    return f"{load} ({low.split()[0]} … {high.split()[0]})"


def at_least(trials: Sequence[Measured]) -> Capacity | None:
    """What load steps that never went too far say: the capacity is the last one or more."""
    if not trials or not trials[-1].passed:
        return None
    load = trials[-1].load
    return Capacity(load, load, load, None, len(trials), at_least=True)


def default_objectives(baseline_p95_ms: float | None) -> list[Objective]:
    """What is demanded of a service of which nothing was: few errors, and no answer much slower than at a low load."""
    limit = max(DEFAULT_P95_FACTOR * (baseline_p95_ms or 0.0), DEFAULT_P95_MS)
    return [parse_objective(DEFAULT_ERROR_RATE), parse_objective(f"p95 < {limit:.0f}ms")]
