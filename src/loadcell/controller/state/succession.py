"""Who carries the users of a generator that is lost."""

from __future__ import annotations

from dataclasses import dataclass, field

from loadcell.controller import losses
from loadcell.controller.members import Life, Member
from loadcell.controller.phases import Phase
from loadcell.controller.state.crew import Crew
from loadcell.controller.state.descent import Descent
from loadcell.controller.state.evidence import Evidence
from loadcell.controller.state.lifetime import Lifetime
from loadcell.controller.state.outbox import Outbox
from loadcell.controller.state.steering import Steering
from loadcell.messages import Assign, Event, Left
from loadcell.nodes.news import Exited
from loadcell.plan import Part

MAX_REPLACEMENTS = 3


@dataclass(slots=True, kw_only=True, eq=False)
class Succession:
    """Spreads a lost generator's users over the others; where there are none, starts one in its place."""

    lifetime: Lifetime
    crew: Crew
    outbox: Outbox
    evidence: Evidence
    steering: Steering
    descent: Descent
    _orphans: list[tuple[Part, float]] = field(default_factory=list, init=False)
    """Users of lost generators that nobody carries yet, with the time of the loss in s after the start."""
    _replacements: int = field(default=0, init=False)

    def exited(self, member: Member, exited: Exited) -> None:
        """A process has ended, in good order or not."""
        before = member.life
        member.enter(Life.GONE)
        if self.lifetime.rising:
            self.descent.give_up(losses.ended_early(member, exited.exit))
        elif self.lifetime.running and member.carries:
            self._carrier_lost(member, exited)
        elif self.lifetime.phase in (Phase.RUNNING, Phase.STOPPING) and before is not Life.STOPPED:
            event = self._record_loss(member, exited)
            if event and not member.carries:
                self.evidence.losses.append(event.text)
                self.descent.stop()
        self.descent.advance()

    def adopt(self) -> None:
        """Give the users that nobody carries to those who can."""
        survivors = {member.name: member for member in self.crew.going if member.carries}
        for name, part, lost, lost_at in losses.adoptions(self._orphans, list(survivors)):
            survivors[name].parts.append(part)
            survivors[name].spawned = None
            self.crew.send(survivors[name], Assign(part, lost, lost_at))
        self._orphans.clear()

    def _record_loss(self, member: Member, exited: Exited) -> Event | None:
        if member.condemned:
            return None  # What it was ended for has been recorded.
        event = losses.event(member, exited, self.steering.plan, self.lifetime.elapsed_s())
        self.outbox.record(event)
        return event

    def _carrier_lost(self, member: Member, exited: Exited) -> None:
        lost_at = self.lifetime.elapsed_s()
        for lead in self.crew.separate_leads:
            self.crew.send(lead, Left(member.name))
        self._record_loss(member, exited)
        self._orphans += [(part, lost_at) for part in member.parts]
        member.parts = []
        carriers = self.crew.carriers
        if any(other.life is Life.GOING for other in carriers):
            self.adopt()
        elif not carriers:
            self._replace(member)

    def _replace(self, lost: Member) -> None:
        if self._replacements == MAX_REPLACEMENTS:
            text = f"Generators were lost again and again: after {MAX_REPLACEMENTS} replacements the run was ended."
            self.outbox.record_new("generators_exhausted", text, "error")
            self.evidence.losses.append(text)
            self.descent.stop()
            return
        self._replacements += 1
        member = losses.replacement(lost, self.crew.names)
        text = f"{member.title} is started in the place of generator {lost.name}."
        self.outbox.record_new("generator_replaced", text, "warning")
        self.crew.start(member)
