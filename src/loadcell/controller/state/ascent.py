"""The way up: every process loads the scenario, runs its hooks, and begins at the same second 0."""

from __future__ import annotations

from dataclasses import dataclass, field

from loadcell.controller import losses
from loadcell.controller.actions import OpenRunFile
from loadcell.controller.members import Life, Member
from loadcell.controller.phases import Phase
from loadcell.controller.state.crew import Crew
from loadcell.controller.state.descent import Descent
from loadcell.controller.state.evidence import Evidence
from loadcell.controller.state.lifetime import Lifetime
from loadcell.controller.state.outbox import Outbox
from loadcell.controller.state.patience import Patience
from loadcell.controller.state.steering import Steering
from loadcell.controller.state.succession import Succession
from loadcell.errors import ScenarioError
from loadcell.messages import Begin, Event, Joined, Ready, Refused
from loadcell.plan import Part


@dataclass(slots=True, kw_only=True, eq=False)
class Ascent:
    """Leads all processes up together, and later each one that takes another's place."""

    patience: Patience
    lifetime: Lifetime
    crew: Crew
    outbox: Outbox
    evidence: Evidence
    steering: Steering
    descent: Descent
    succession: Succession
    _run_file: OpenRunFile = field(default=OpenRunFile(""), init=False)
    """The one to be opened when all have begun."""

    def start(self) -> None:
        """Have all processes started."""
        for member in self.crew:
            self.crew.start(member)

    def ready(self, member: Member, ready: Ready) -> None:
        """A process has loaded the scenario."""
        if member.life is not Life.LOADING:
            return
        self.evidence.host = self.evidence.host or ready.host
        member.enter(Life.READY)
        if member.leads:
            self._run_file = OpenRunFile(
                self.evidence.host, ready.shape, ready.common_options, tuple(ready.percentiles), tuple(ready.secrets)
            )
            if ready.shape and self.steering.has_course:
                self.descent.give_up(losses.two_masters(ready.shape))
                return
            if ready.shape:
                self.steering.leave_to_shape(ready.shape)
        elif member.carries:
            for lead in self.crew.separate_leads:
                self.crew.send(lead, Joined(member.name))
        if member.replaces:
            self._send_begin(member)
        elif self.crew.all_are(Life.READY):
            self.lifetime.phase = Phase.BEGINNING
            self._send_begin(next(other for other in self.crew if other.leads))

    def refused(self, member: Member, refused: Refused) -> None:
        """A process can't run the scenario."""
        if member.replaces:
            text = f"{member.title} could not begin: {refused.message}"
            self.outbox.record_new("generator_refused", text, "error")
            self.crew.kill(member)
            return
        member.enter(Life.QUITTING, self.lifetime.bounded(self.patience.exit_s))  # It ends by itself.
        error = ScenarioError(refused.message, refused.hint)
        error.exit_code = refused.exit_code
        self.descent.give_up(error)

    def begun(self, member: Member) -> None:
        """A process has run its hooks: first the lead, then all others."""
        if member.life is not Life.BEGINNING:
            return
        member.enter(Life.BEGUN)
        if member.replaces:
            self._step_in(member)
            return
        if self.crew.some_are(Life.READY):
            for other in self.crew:
                if other.life is Life.READY:
                    self._send_begin(other)
        if self.crew.all_are(Life.BEGUN):
            self.outbox.put(self._run_file)

    def go(self) -> None:
        """The run file is there: the load begins."""
        if self.lifetime.phase is not Phase.BEGINNING:
            return
        self.lifetime.begin_load()
        carriers = self.crew.carriers
        for index, member in enumerate(carriers):
            member.parts = [Part(index, len(carriers))]
        for member in self.crew:
            member.enter(Life.GOING)
            self.crew.send(member, self.steering.go(list(member.parts)))
        self.outbox.release_early()
        if self.steering.plan.cut_off:
            users = self.steering.plan.peak
            text = f"the run time ends the ramp at {users:,} users: the others will not be started"
            self.outbox.record(Event("ramp_cut_off", text, level="warning"))
        self.steering.begin()
        if self.steering.over:
            self.descent.stop()

    def _send_begin(self, member: Member) -> None:
        member.enter(Life.BEGINNING, self.lifetime.now() + self.patience.begun_s)
        self.crew.send(member, Begin())

    def _step_in(self, member: Member) -> None:
        """Take the place of one that was lost."""
        member.heard_s = self.lifetime.elapsed_s()
        member.enter(Life.GOING)
        self.steering.bring_up_to_date(member)
        self.succession.adopt()
