"""The way down: the users are stopped, then the processes end, then the run is over."""

from __future__ import annotations

from dataclasses import dataclass

from loadcell.controller.actions import Finish
from loadcell.controller.members import Life, Member
from loadcell.controller.phases import Phase
from loadcell.controller.state.crew import Crew
from loadcell.controller.state.evidence import Evidence
from loadcell.controller.state.lifetime import Lifetime
from loadcell.controller.state.outbox import Outbox
from loadcell.controller.state.patience import Patience
from loadcell.controller.state.steering import Steering
from loadcell.errors import LoadcellError
from loadcell.messages import Event, Quit, Stop, Stopped, Stopping


@dataclass(slots=True, kw_only=True, eq=False)
class Descent:
    """Leads all processes down, step by step: none takes the next before all have taken the last."""

    stop_timeout_s: float
    patience: Patience
    lifetime: Lifetime
    crew: Crew
    outbox: Outbox
    evidence: Evidence
    steering: Steering

    def request(self, *, at_once: bool) -> None:
        """Somebody wants the run to end, whatever its phase."""
        if at_once and self.lifetime.end_by is None:
            self._hurry()
        if self.lifetime.rising:
            self.give_up(None)
        else:
            self.stop()

    def _hurry(self) -> None:
        end_by = self.lifetime.end_by = self.lifetime.now() + self.patience.at_once_s
        for member in self.crew:
            if member.life is Life.STOPPING:
                self._send_stop(member)
            elif member.due is not None:
                member.due = min(member.due, end_by)

    def request_of_scenario(self, event: Event) -> None:
        """The scenario wants the run to end, perhaps with an exit code of its own."""
        code = event.data.get("exit_code")
        if isinstance(code, int) and self.evidence.own_exit_code is None:
            self.evidence.own_exit_code = code
        self.request(at_once=False)

    def give_up(self, error: LoadcellError | None) -> None:
        """End a run that never carried load."""
        self.evidence.error = self.evidence.error or error
        self._quit()

    def stop(self) -> None:
        """Stop the load, if it is not being stopped yet: the generators first, the lead when they are done."""
        if not self.lifetime.running:
            return
        ended_s = self.lifetime.ended_s = self.lifetime.elapsed_s()
        self.evidence.judging.ended(ended_s)
        self.lifetime.phase = Phase.STOPPING
        self.steering.end_stages(ended_s)
        self.outbox.record(Event("stopping", "the users were stopped", ended_s))
        self.steering.conclude()
        for member in sorted(self.crew, key=lambda member: member.carries):
            if member.carries and member.alive:
                if member.life is Life.GOING:
                    self._send_stop(member)
                else:
                    self.crew.kill(member)
            elif member.life is Life.GOING:
                self.crew.send(member, Stopping())
        self.advance()

    def _send_stop(self, member: Member) -> None:
        timeout_s = 0.0 if self.lifetime.end_by is not None else self.stop_timeout_s
        member.enter(Life.STOPPING, self.lifetime.bounded(timeout_s + self.patience.stopped_s))
        self.crew.send(member, Stop(timeout_s))

    def stopped(self, member: Member, stopped: Stopped) -> None:
        """A process has stopped its users and run its hooks."""
        if member.life is not Life.STOPPING:
            return
        member.enter(Life.STOPPED)
        if stopped.exit_code is not None and (member.leads or self.evidence.own_exit_code is None):
            self.evidence.own_exit_code = stopped.exit_code
        self.advance()

    def advance(self) -> None:
        """Take the next step down, when all have taken the one before."""
        if self.lifetime.phase is Phase.STOPPING and self.crew.carriers_are_all(Life.STOPPED):
            waiting = [lead for lead in self.crew.separate_leads if lead.life is not Life.STOPPED]
            for lead in waiting:
                if lead.life is Life.GOING:
                    self._send_stop(lead)
            if not waiting:
                self._quit()
        elif self.lifetime.phase is Phase.QUITTING and not self.crew.some_alive:
            self.lifetime.phase = Phase.DONE
            self.outbox.put(Finish(self.evidence.verdict(), self.lifetime.ended_s, self.evidence.error))

    def _quit(self) -> None:
        if self.lifetime.phase in (Phase.QUITTING, Phase.DONE):
            return
        self.lifetime.phase = Phase.QUITTING
        code = self.evidence.exit_code()
        for member in self.crew:
            if member.life is Life.LOADING:
                self.crew.kill(member)  # It has run no hooks, and reads no command before it is ready.
            elif member.alive and member.life is not Life.QUITTING:
                member.enter(Life.QUITTING, self.lifetime.bounded(self.patience.exit_s))
                self.crew.send(member, Quit(code))
        self.advance()
