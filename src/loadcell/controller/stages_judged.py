"""The stages of a run, as objectives are judged in them; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from loadcell.objectives import Objective

JUDGED_PHASES = ("baseline", "load", "soak", "spike")
"""In the others the load is not yet there, or is meant to be too much."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """The stage that a second belongs to, and the load that was held throughout the second; None while it changed."""

    phase: str
    number: int = 0
    """Tells the stages of a run apart."""
    users: float | None = None
    rate: float | None = None

    @property
    def load(self) -> str:
        """The load in words; empty while it changes."""
        if self.users is not None:
            return f"{self.users:g} {'user' if self.users == 1 else 'users'}"
        return "" if self.rate is None else f"{self.rate:g}/s"


def is_judged(objective: Objective, stage: Held) -> bool:
    """Whether a second of this stage counts for the objective."""
    if stage.phase not in JUDGED_PHASES:
        return False
    if objective.at_users is not None:
        return stage.users == objective.at_users
    return objective.at_rate is None or stage.rate == objective.at_rate


def labels(stages: Sequence[Held]) -> list[str]:
    """The phase of each; where there are several stages of it, with the load."""
    phases = [stage.phase for stage in stages]
    return [
        f"{stage.phase} at {stage.load}" if phases.count(stage.phase) > 1 and stage.load else stage.phase for stage in stages
    ]
