"""Where a run is in its life: its phase, and its seconds on the clock."""

from __future__ import annotations

from loadcell.clock import Clock
from loadcell.controller.phases import Phase

LEAD_TIME_S = 0.05
"""How far second 0 and other common moments lie ahead when they are told, so that all processes know before they come."""
DISTANT_LEAD_TIME_S = 0.5
"""The same where processes are on other machines."""


class Lifetime:
    """The phase of a run, when its load began, and by when it must be over."""

    def __init__(self, clock: Clock, lead_time_s: float = LEAD_TIME_S) -> None:
        self._clock = clock
        self.lead_time_s = lead_time_s
        self.phase = Phase.STARTING
        self.start_at: float | None = None
        """Second 0 on the monotonic clock; None before Go."""
        self.ended_s = 0.0
        """When the load was stopped, in s after the start."""
        self.end_by: float | None = None
        """When (monotonic) all must be over, once the run must end at once."""

    @property
    def rising(self) -> bool:
        """Whether the load has yet to begin."""
        return self.phase in (Phase.STARTING, Phase.BEGINNING)

    @property
    def running(self) -> bool:
        return self.phase is Phase.RUNNING

    def now(self) -> float:
        """The monotonic clock."""
        return self._clock.monotonic()

    def elapsed_s(self) -> float:
        """Seconds since the start of the load; 0 before."""
        return 0.0 if self.start_at is None else max(0.0, self.now() - self.start_at)

    def begin_load(self) -> None:
        """Set second 0, a moment ahead."""
        self.phase = Phase.RUNNING
        self.start_at = self.now() + self.lead_time_s

    def second_0(self) -> float:
        """Second 0 on the monotonic clock, of a run whose load has begun."""
        assert self.start_at is not None
        return self.start_at

    def bounded(self, seconds: float) -> float:
        """When (monotonic) so many seconds from now have passed, or all must be over."""
        due = self.now() + seconds
        return due if self.end_by is None else min(due, self.end_by)
