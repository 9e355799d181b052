"""Whether all users of a run are there, and who is told of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from loadcell.controller import spawning
from loadcell.controller.members import Member
from loadcell.controller.state.crew import Crew
from loadcell.controller.state.evidence import Evidence
from loadcell.controller.state.lifetime import Lifetime
from loadcell.controller.state.outbox import Outbox
from loadcell.controller.state.steering import Steering
from loadcell.messages import Event, Reset, Spawned


@dataclass(slots=True, kw_only=True, eq=False)
class Headcount:
    """Counts what each process says of its own users."""

    reset_stats: bool
    lifetime: Lifetime
    crew: Crew
    outbox: Outbox
    evidence: Evidence
    steering: Steering
    _missing: Member | None = field(default=None, init=False)
    """One that had not started all its users when it was looked at."""
    _complete: bool = field(default=False, init=False)
    """Whether all users have been there once."""

    def note(self, member: Member, event: Event) -> None:
        """A process has started all its users: if it was the last one, tell everybody."""
        spawning.note(member, event, self.steering.changes)
        if self._missing is not None and spawning.is_missing(self._missing):
            return  # As long as it is, the others need not be looked at.
        self._missing = next(filter(spawning.is_missing, self.crew), None)
        users = spawning.total(list(self.crew)) if self._missing is None else None
        if users is None or not self.lifetime.running or self.steering.plan.cut_off:
            return
        for other in spawning.unaware(list(self.crew)):
            other.knows_spawned = True
            self.crew.send(other, Spawned(users))
        if not self._complete:
            self._complete = True
            at_s = self.lifetime.elapsed_s()
            self.evidence.judging.all_there(at_s)
            self.outbox.record(spawning.event(sum(users.values()), at_s))
            if self.reset_stats:
                self._reset()

    def _reset(self) -> None:
        """What was measured so far does not count."""
        self.evidence.totals.clear()
        self.outbox.record_new("stats_reset", "the statistics begin anew: all users are there", "info")
        for member in self.crew.going:
            self.crew.send(member, Reset())
