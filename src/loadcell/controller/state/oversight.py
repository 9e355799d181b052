"""Processes that owe an answer for too long, or say nothing while they carry load."""

from __future__ import annotations

from dataclasses import dataclass

from loadcell.controller import losses
from loadcell.controller.members import Life, Member
from loadcell.controller.state.crew import Crew
from loadcell.controller.state.descent import Descent
from loadcell.controller.state.lifetime import Lifetime
from loadcell.controller.state.outbox import Outbox
from loadcell.controller.state.patience import Patience
from loadcell.messages import Interval

SILENT_S = 5.0
"""After how long without an interval a generator is called silent."""


@dataclass(slots=True, kw_only=True, eq=False)
class Oversight:
    """Keeps an eye on each process."""

    patience: Patience
    lifetime: Lifetime
    crew: Crew
    outbox: Outbox
    descent: Descent

    def dues(self) -> list[float]:
        """When (monotonic) the answers that are owed must be there."""
        return [member.due for member in self.crew if member.due is not None]

    def heard(self, interval: Interval) -> None:
        """Note whose figures a second has."""
        for name in interval.health:
            if member := self.crew.get(name):
                member.heard_s = max(member.heard_s, interval.end_s)
                member.silent = False

    def look(self) -> None:
        """Look after all of them."""
        now = self.lifetime.now()
        for member in self.crew:
            if member.due is not None and now >= member.due:
                self._overdue(member)
            elif self.lifetime.running and member.life is Life.GOING and member.carries:
                self._listen(member)

    def _listen(self, member: Member) -> None:
        """Record, once a spell, that a generator says nothing."""
        silent_s = self.lifetime.elapsed_s() - member.heard_s
        if silent_s >= SILENT_S and not member.silent:
            member.silent = True
            text = f"{member.title} has reported nothing for {silent_s:.0f} s: its process is blocked or overloaded."
            self.outbox.record_new("generator_silent", text, "warning", {"generator": member.name})

    def _overdue(self, member: Member) -> None:
        """Deal with a process that owes an answer for too long: it is ended, and its end is news."""
        if self.lifetime.rising:
            self.descent.give_up(losses.never_ready(member, self.patience.ready_s, self.patience.begun_s))
        elif self.lifetime.end_by is None:
            self.outbox.record_new("generator_hung", losses.hung(member), "error", {"generator": member.name})
        self.crew.kill(member)
