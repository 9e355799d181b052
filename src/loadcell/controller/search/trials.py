"""What a search asks for, what it is told, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Goal:
    """What to reach, and with how much time."""

    width: float = 0.08
    """Stop when the 95 % interval is this wide, as a fraction of the capacity."""
    budget_s: float = 600.0
    """The time for all trials together, with settling."""
    trial_s: float = 5.0
    """The time for which a trial near the capacity is measured."""
    settle_s: float = 2.0
    """The time that a service gets to settle at another load, unmeasured."""
    integer_loads: bool = False
    """The load is a number of users."""
    allowance: float = 0.015
    """By how much the interval is wider on each side than chance makes it, as a fraction: trials are short beside the
    time in which a queue finds its length, and stalls may be among them. The size comes from simulated services."""

    @classmethod
    def sized(cls, *, quick: bool, limit_s: float = 0.0, integer_loads: bool = False) -> Goal:
        """For the usual search or the quick one; `limit_s` is the longest response time that an objective allows.

        A queue that may grow for a long time until it is too long needs trials that are long beside that.
        """
        if quick:
            trial_s, settle_s = min(5.0, max(2.0, 5 * limit_s)), min(3.0, max(1.0, 3 * limit_s))
            return cls(0.12, 75.0, trial_s, settle_s, integer_loads, allowance=0.02)
        return cls(trial_s=min(15.0, max(5.0, 10 * limit_s)), integer_loads=integer_loads)

    @property
    def settle_around_s(self) -> float:
        """The time to settle near the capacity, where a queue takes long to find its length."""
        return self.trial_s if self.repeats > 2 else self.settle_s

    @property
    def repeats(self) -> int:
        """How many trials in a row a load near the capacity gets: a queue that grows slowly shows only in the later ones."""
        return max(1, min(3, int(self.budget_s / self.trial_s / 20)))


@dataclass(frozen=True, slots=True)
class Trial:
    """Put `load` on the service, let it settle, then measure."""

    load: float
    """Users, or arrivals/s."""
    duration_s: float
    settle_s: float
    rest: bool = False
    """Not a trial of this load: a pause, until what piled up is done."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a trial showed."""

    load: float
    duration_s: float
    offered: int
    """Requests that were due (arrivals) or sent (users) while measuring."""
    ok_rps: float
    failed: int = 0
    """Requests that were answered, but not well."""
    bad: dict[str, float] = field(default_factory=dict)
    """For each objective that a share of the requests may miss: that share over what is allowed. Above 1: missed."""
    margin: dict[str, float] = field(default_factory=dict)
    """For each objective: measured value over limit. Above 1: missed."""
    grows: bool = False
    """Whether response times grew all the while, as they do where work piles up."""

    @property
    def passed(self) -> bool:
        """Every objective was met."""
        return self.worst <= 1 and all(value <= 1 for value in self.bad.values())

    @property
    def worst(self) -> float:
        """The greatest margin."""
        return max(self.margin.values(), default=0.0)

    @property
    def owed(self) -> float:
        """How much of what was offered was not answered in the same time, as a share; below 0 while old work is done."""
        return (self.offered - self.failed - self.ok_rps * self.duration_s) / max(1, self.offered)


@dataclass(frozen=True, slots=True)
class Capacity:
    """The most load that meets every objective."""

    load: float
    low: float
    """The 95 % interval's lower end."""
    high: float
    limited_by: str | None
    """The objective that is missed first; None if none was."""
    trials: int
    at_least: bool = False
    """No load was too much: the capacity is `load` or more, and `high` means nothing."""

    @property
    def width(self) -> float:
        """The interval's width as a fraction of the capacity."""
        return (self.high - self.low) / self.load if self.load else float("inf")
