"""One process as the controller sees it: where it is in its life, and which users it carries."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import Enum, auto

from loadcell.messages import Load
from loadcell.plan import Part, Plan


class Life(Enum):
    """The steps of a process's life, in order."""

    LOADING = auto()
    READY = auto()
    BEGINNING = auto()
    BEGUN = auto()
    GOING = auto()
    STOPPING = auto()
    STOPPED = auto()
    QUITTING = auto()
    GONE = auto()


@dataclass(slots=True)
class Member:
    """One process of the run; `parts` are the users it carries."""

    load: Load
    life: Life = Life.LOADING
    due: float | None = None
    """When (monotonic) the answer it owes must be there; None if it owes none."""
    replaces: bool = False
    """Whether it was started in the middle of the run, for one that was lost."""
    parts: list[Part] = field(default_factory=list)

    spawned: dict[str, int] | None = None
    """How many users of each class it carries, once those of all its parts are there."""
    knows_spawned: bool = False
    """Whether it was told that the users of all processes are started."""
    condemned: bool = False
    """Whether it was the controller that ended it."""
    heard_s: float = 0.0
    """The end of its last interval, in seconds after the start."""
    silent: bool = False
    tally: Counter[Life] = field(default_factory=Counter)
    """How many members are where in their lives; shared by all of a crew."""

    def __post_init__(self) -> None:
        self.tally[self.life] += 1

    @property
    def name(self) -> str:
        return self.load.generator

    @property
    def title(self) -> str:
        """How sentences call it."""
        return "The lead" if self.load.role == "lead" else f"Generator {self.name}"

    @property
    def leads(self) -> bool:
        """Whether the hooks of the lead run in it."""
        return self.load.role in ("single", "lead")

    @property
    def carries(self) -> bool:
        """Whether it is there to carry users."""
        return self.load.role != "lead"

    @property
    def alive(self) -> bool:
        return self.life is not Life.GONE

    def enter(self, life: Life, due: float | None = None) -> None:
        """Go to the next step of life; by `due` (monotonic) it must be over."""
        self.tally[self.life] -= 1
        self.tally[life] += 1
        self.life = life
        self.due = due

    def users(self, plan: Plan, elapsed_s: float) -> int:
        """How many users its parts hold `elapsed_s` after the start."""
        target = plan.target(elapsed_s)
        return sum(part.size(target) for part in self.parts)
