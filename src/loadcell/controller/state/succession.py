"""Who carries the users of a generator that is lost."""

from __future__ import annotations

from collections.abc import Sequence
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
from loadcell.nodes.news import ClusterLost, Exited, NodeLost
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
    stops_on_loss: bool = False
    """Whether the loss of a machine ends the run."""
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
                self._end(event.text)
        self.descent.advance()

    def node_lost(self, lost: NodeLost) -> None:
        """A machine is gone, with all processes on it."""
        members = self._enter_gone(lost.generators)
        carriers = [member for member in members if member.carries]
        lost_at = self.lifetime.elapsed_s()
        if self.lifetime.rising and members:
            self.descent.give_up(losses.cluster_gone_early(lost))
        elif members:
            event = losses.node_event(lost, carriers, self.steering.plan, lost_at)
            self.outbox.record(event)
            if self.lifetime.running:
                self._leave_behind(carriers, lost_at)
                if self.stops_on_loss:
                    self._end(event.text)
                else:
                    self._hand_on(carriers)
        else:
            self.outbox.record_new("node_lost", f"Machine {lost.node} was lost: {lost.why}. It carried nobody.", "warning")
        self.descent.advance()

    def cluster_lost(self, lost: ClusterLost) -> None:
        """All machines are gone, and with them all processes but the lead."""
        self._enter_gone(lost.generators)
        if self.lifetime.rising:
            self.descent.give_up(losses.cluster_gone_early(lost))
        else:
            event = losses.cluster_event(lost, self.lifetime.elapsed_s())
            self.outbox.record(event)
            self._end(event.text)
        self.descent.advance()

    def _enter_gone(self, generators: Sequence[str]) -> list[Member]:
        """Those of them that were there."""
        members = [member for name in generators if (member := self.crew.get(name)) and member.alive]
        for member in members:
            member.enter(Life.GONE)
        return members

    def _end(self, why: str) -> None:
        self.evidence.losses.append(why)
        self.descent.stop()

    def adopt(self) -> None:
        """Give the users that nobody carries to those who can, once all are there who are to take the place of others."""
        if any(member.replaces and member.life is not Life.GOING for member in self.crew.alive):
            return
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
        self._record_loss(member, exited)
        self._leave_behind([member], lost_at)
        self._hand_on([member])

    def _leave_behind(self, lost: Sequence[Member], lost_at: float) -> None:
        for member in lost:
            for lead in self.crew.separate_leads:
                self.crew.send(lead, Left(member.name))
            self._orphans += [(part, lost_at) for part in member.parts]
            member.parts = []

    def _hand_on(self, lost: Sequence[Member]) -> None:
        """Let others carry the users; where there are none, new ones as many as were lost."""
        carriers = self.crew.carriers
        if any(other.life is Life.GOING for other in carriers):
            self.adopt()
        elif not carriers:
            self._replace(lost)

    def _replace(self, lost: Sequence[Member]) -> None:
        if self._replacements == MAX_REPLACEMENTS:
            text = f"Generators were lost again and again: after {MAX_REPLACEMENTS} replacements the run was ended."
            self.outbox.record_new("generators_exhausted", text, "error")
            self._end(text)
            return
        self._replacements += 1
        for one in lost:
            member = losses.replacement(one, self.crew.names)
            text = f"{member.title} is started in the place of generator {one.name}."
            self.outbox.record_new("generator_replaced", text, "warning")
            self.crew.start(member)
