"""The life of a run as a state machine: what happened goes in, what to do comes out. No I/O, time from a clock."""

from __future__ import annotations

from collections.abc import Sequence

from loadcell.clock import Clock
from loadcell.controller.actions import (
    Action,
    LoadRequested,
    PassLog,
    RunFileOpened,
    ServiceSeen,
    StopRequested,
    Tick,
    UsersRequested,
    WriteInterval,
)
from loadcell.controller.assessment.pilot import Pilot
from loadcell.controller.judging import Demands
from loadcell.controller.members import Member
from loadcell.controller.phases import Phase, stage_of
from loadcell.controller.progress import Progress
from loadcell.controller.state.ascent import Ascent
from loadcell.controller.state.crew import Crew
from loadcell.controller.state.descent import Descent
from loadcell.controller.state.evidence import Evidence
from loadcell.controller.state.headcount import Headcount
from loadcell.controller.state.lifetime import LEAD_TIME_S, Lifetime
from loadcell.controller.state.outbox import Outbox
from loadcell.controller.state.oversight import Oversight
from loadcell.controller.state.patience import Patience
from loadcell.controller.state.steering import Steering
from loadcell.controller.state.succession import Succession
from loadcell.controller.totals import RunTotals
from loadcell.controller.verdict import Verdict
from loadcell.merge import merge
from loadcell.messages import Begun, Event, Interval, Load, Log, Merged, Ready, Refused, Say, Stopped, Wish
from loadcell.nodes.news import ClusterLost, Collected, Exited, News, NodeLost, Noticed, Reported
from loadcell.plan import Arrivals, Course, Plan

Told = RunFileOpened | StopRequested | LoadRequested | UsersRequested | ServiceSeen | Tick
"""What the shell tells of, beside what the node does."""


class RunState:
    """One run. `begin` and `handle` return the actions to carry out, in order."""

    def __init__(
        self,
        loads: Sequence[Load],
        plan: Plan,
        *,
        course: Course | None = None,
        arrivals: Arrivals | None = None,
        max_users: int = 0,
        clock: Clock,
        stop_timeout_s: float = 0.0,
        exit_code_on_error: int = 1,
        reset_stats: bool = False,
        demands: Demands | None = None,
        pilot: Pilot | None = None,
        patience: Patience | None = None,
        lead_time_s: float = LEAD_TIME_S,
        stops_on_node_loss: bool = False,
    ) -> None:
        """`course`: the stages to tell of in the run file.

        `arrivals`: the open model, with at most `max_users` users, those of `plan` being there before the first arrival.
        `reset_stats`: what was measured before all users were there does not count.
        `pilot`: an assessment, which decides on the load and ends the run.
        `lead_time_s`: how far common moments lie ahead when they are told.
        `stops_on_node_loss`: whether the loss of a machine ends the run; else the others carry its users.
        """
        patience = patience or Patience()
        lifetime = self._lifetime = Lifetime(clock, lead_time_s)
        outbox = self._outbox = Outbox(lifetime)
        crew = self._crew = Crew(loads, lifetime, outbox, patience)
        evidence = self._evidence = Evidence(demands or Demands(), course, exit_code_on_error)
        steering = self._steering = Steering(
            plan=plan,
            course=course,
            arrivals=arrivals,
            max_users=max_users,
            pilot=pilot,
            lifetime=lifetime,
            crew=crew,
            outbox=outbox,
            evidence=evidence,
        )
        self._headcount = Headcount(
            reset_stats=reset_stats, lifetime=lifetime, crew=crew, outbox=outbox, evidence=evidence, steering=steering
        )
        descent = self._descent = Descent(
            stop_timeout_s=stop_timeout_s,
            patience=patience,
            lifetime=lifetime,
            crew=crew,
            outbox=outbox,
            evidence=evidence,
            steering=steering,
        )
        succession = self._succession = Succession(
            lifetime=lifetime,
            crew=crew,
            outbox=outbox,
            evidence=evidence,
            steering=steering,
            descent=descent,
            stops_on_loss=stops_on_node_loss,
        )
        self._ascent = Ascent(
            patience=patience,
            lifetime=lifetime,
            crew=crew,
            outbox=outbox,
            evidence=evidence,
            steering=steering,
            descent=descent,
            succession=succession,
        )
        self._oversight = Oversight(patience=patience, lifetime=lifetime, crew=crew, outbox=outbox, descent=descent)
        self._interval: Interval | None = None
        """The last second that was merged."""

    # What goes in

    def begin(self) -> list[Action]:
        """The first actions: start all processes."""
        self._ascent.start()
        return self._outbox.take()

    def handle(
        self, happened: News | RunFileOpened | StopRequested | LoadRequested | UsersRequested | ServiceSeen | Tick
    ) -> list[Action]:
        """What to do about it."""
        match happened:
            case Reported(name, report):
                self._reported(self._crew[name], report)
            case Collected(interval):
                self._collected(interval)
            case Exited():
                self._succession.exited(self._crew[happened.generator], happened)
            case NodeLost():
                self._succession.node_lost(happened)
            case ClusterLost():
                self._succession.cluster_lost(happened)
            case Noticed(kind, text, level, data):
                self._outbox.record_new(kind, text, level, dict(data))
            case RunFileOpened():
                self._ascent.go()
            case StopRequested(at_once):
                self._descent.request(at_once=at_once)
            case LoadRequested(level, pace):
                self._steering.request(level, pace)
            case UsersRequested(more):
                self._steering.request_more(more)
            case ServiceSeen(second, signals):
                self._evidence.judging.seen(second, signals)
                self._steering.seen(second, signals)
                self._abort_if_missed()
            case Tick():
                self._tick()
        return self._outbox.take()

    def _reported(self, member: Member, report: Ready | Refused | Begun | Event | Wish | Say | Log | Stopped) -> None:
        match report:
            case Ready():
                self._ascent.ready(member, report)
            case Begun():
                self._ascent.begun(member)
            case Refused():
                self._ascent.refused(member, report)
            case Stopped():
                self._descent.stopped(member, report)
            case Log():
                self._outbox.put(PassLog(member.name, report))
            case Event():
                self._told(member, report)
            case Wish():
                self._steering.wish(report)
            case Say():
                self._crew.pass_on(member, report)

    def _told(self, member: Member, event: Event) -> None:
        match event.kind:
            case "spawning_complete":
                self._headcount.note(member, event)
            case "exit_code":
                self._evidence.own_exit_code = event.data["exit_code"]
            case "quit_requested":
                self._outbox.record(event)
                self._descent.request_of_scenario(event)
            case _:
                self._outbox.record(event)

    def _collected(self, interval: Interval) -> None:
        self._evidence.totals.add(interval)
        self._evidence.judging.add(interval, self._steering.load)
        for lead in self._crew.separate_leads:
            self._crew.send(lead, Merged(interval))
        self._outbox.put(WriteInterval(interval))
        last = self._interval
        if last is None or interval.second > last.second:
            self._interval = interval
        elif interval.second == last.second:
            self._interval = merge((last, interval))
        self._oversight.heard(interval)
        if self._lifetime.running:
            self._steering.second(interval)
            if self._steering.over:
                self._descent.stop()
        self._abort_if_missed()

    def _abort_if_missed(self) -> None:
        if reasons := self._evidence.judging.to_abort():
            self._outbox.record_new("objective_failed", f"the run is ended: {'; '.join(reasons)}", "error")
            self._descent.stop()

    def _tick(self) -> None:
        if self._lifetime.running:
            self._steering.tell_stages()
        if (end_at := self._steering.end_at()) is not None and self._lifetime.now() >= end_at:
            self._descent.stop()
        self._oversight.look()

    # What is known

    @property
    def totals(self) -> RunTotals:
        """What was measured so far; it goes on changing."""
        return self._evidence.totals

    @property
    def start_at(self) -> float | None:
        """Second 0 on the monotonic clock; None before Go."""
        return self._lifetime.start_at

    def due(self) -> float | None:
        """When (monotonic) the next Tick is needed; None if only news can change anything."""
        ends = (self._steering.end_at(), self._steering.stage_end_at())
        return min([*self._oversight.dues(), *(end for end in ends if end is not None)], default=None)

    def progress(self) -> Progress:
        """The run at this moment."""
        elapsed_s, phase = self._lifetime.elapsed_s(), self._lifetime.phase
        plan, arrivals, running = self._steering.plan, self._steering.arrivals, self._lifetime.running
        position, judging = self._steering.position(), self._evidence.judging
        return Progress(
            state=stage_of(phase, plan, elapsed_s, arrivals),
            elapsed_s=elapsed_s,
            users=self._interval.users if self._interval and phase is not Phase.DONE else 0,
            target_users=plan.aim(elapsed_s) if running else 0,
            interval=self._interval,
            totals=self.totals,
            rate=arrivals.level(elapsed_s) if running and arrivals is not None else None,
            position=position,
            phase=("" if not running else position.phase if position else judging.phase(elapsed_s)),
            valid=judging.valid if position is None else None,
        )

    def verdict(self) -> Verdict:
        """The verdict over what was measured so far."""
        return self._evidence.verdict()
