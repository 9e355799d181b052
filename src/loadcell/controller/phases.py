"""The steps of a run, and what they are called to those who watch it; pure."""

from __future__ import annotations

from enum import Enum, auto

from loadcell.controller.progress import Stage
from loadcell.plan import Arrivals, Plan


class Phase(Enum):
    """The steps of a run, in order."""

    STARTING = auto()
    BEGINNING = auto()
    RUNNING = auto()
    STOPPING = auto()
    QUITTING = auto()
    DONE = auto()


def stage_of(phase: Phase, plan: Plan, elapsed_s: float, arrivals: Arrivals | None = None) -> Stage:
    """What to show `elapsed_s` after the start."""
    match phase:
        case Phase.STARTING | Phase.BEGINNING:
            return "starting"
        case Phase.RUNNING:
            if arrivals is not None:
                return "running" if arrivals.level(elapsed_s) == arrivals.aim(elapsed_s) else "spawning"
            return "running" if plan.target(elapsed_s) == plan.aim(elapsed_s) else "spawning"
        case Phase.STOPPING | Phase.QUITTING:
            return "stopping"
        case Phase.DONE:
            return "stopped"
