"""What the one who watches a run is shown once a second."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from loadcell.controller.assessment.pilot import Position
from loadcell.controller.totals import RunTotals
from loadcell.messages import Interval

Stage = Literal["starting", "spawning", "running", "stopping", "stopped"]


@dataclass(frozen=True, slots=True)
class Progress:
    """A run at one moment. `totals` goes on changing: read it at once."""

    state: Stage
    elapsed_s: float
    """Seconds since the first user was due; 0 before."""
    users: int
    target_users: int
    """How many users the plan leads to; 0 before the load and after it."""
    interval: Interval | None
    """The last second that was merged."""
    totals: RunTotals
    rate: float | None = None
    """How many iterations a second should start now; None in the closed model, and when there is no load."""
    position: Position | None = None
    """Where its assessment is; None for a plain run."""
    phase: str = ""
    """The phase of the load; empty before it, and after its last stage."""
    valid: bool | None = None
    """Whether the generators were not the limit so far; None for an assessment, which judges that by itself."""
