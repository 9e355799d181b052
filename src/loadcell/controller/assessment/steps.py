"""What an assessment wants done, and what is known about a load once it was held; pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from loadcell.messages import Event, Interval
from loadcell.store.facts import StoredStage

Model = Literal["closed", "open"]
Phase = Literal["baseline", "load", "search", "stress", "recovery"]


@dataclass(frozen=True, slots=True)
class SetLoad:
    """Go to `level` users or iterations/s, `pace` a second up or down."""

    level: float
    pace: float


@dataclass(frozen=True, slots=True)
class StageOver:
    """A stage to be kept in the run file."""

    stage: StoredStage


@dataclass(frozen=True, slots=True)
class Told:
    """Something the reader of the run should know."""

    event: Event


Step = SetLoad | StageOver | Told


@dataclass(slots=True)
class Stage:
    """A load that was held, and the seconds of it that count."""

    phase: Phase
    level: float
    intervals: list[Interval] = field(default_factory=list)
    rest: bool = False
    """Held to let the service work off what had piled up: it says nothing about this load."""
    warm_up_s: int | None = 0
    """How many seconds were cut off at its beginning, in which it was not as later; None: it never became steady."""

    @property
    def start_s(self) -> float:
        return min(interval.start_s for interval in self.intervals)

    @property
    def end_s(self) -> float:
        return max(interval.end_s for interval in self.intervals)

    @property
    def spans(self) -> dict[int, float]:
        """How long each second lasted: what came late for it makes it no longer."""
        return {interval.second: interval.end_s - interval.start_s for interval in reversed(self.intervals)}

    @property
    def seconds(self) -> float:
        """How long was measured."""
        return sum(self.spans.values())


def level_text(level: float, model: Model) -> str:
    """A load in words.

    >>> level_text(1, "closed"), level_text(250.5, "open")
    ('1 user', '250.5/s')
    """
    if model == "open":
        return f"{level:,.4g}/s" if level < 1000 else f"{level:,.0f}/s"
    return f"{level:,.0f} {'user' if level == 1 else 'users'}"
