"""The life of a run as a state machine: what happened goes in, what to do comes out. No I/O, time from a clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from loadcell.clock import Clock
from loadcell.controller import losses, spawning
from loadcell.controller.actions import (
    Action,
    Finish,
    Kill,
    LoadRequested,
    OpenRunFile,
    PassLog,
    RunFileOpened,
    Send,
    Start,
    StopRequested,
    Tick,
    UsersRequested,
    WriteEvent,
    WriteInterval,
    WriteResult,
    WriteStage,
)
from loadcell.controller.assessment.pilot import Pilot
from loadcell.controller.assessment.results import Conclusion
from loadcell.controller.assessment.steps import SetLoad, StageOver, Step, Told
from loadcell.controller.judging import Demands, Judging
from loadcell.controller.members import Life, Member
from loadcell.controller.phases import Phase, stage_of
from loadcell.controller.progress import Progress
from loadcell.controller.stage_log import StageLog
from loadcell.controller.totals import RunTotals
from loadcell.controller.verdict import Verdict, judge
from loadcell.errors import LoadcellError, ScenarioError
from loadcell.merge import merge
from loadcell.messages import (
    Assign,
    Begin,
    Begun,
    Change,
    ChangeRate,
    Command,
    Event,
    Go,
    Interval,
    Joined,
    Left,
    Load,
    Log,
    Merged,
    Quit,
    Ready,
    Refused,
    Reset,
    Say,
    Spawned,
    Stop,
    Stopped,
    Stopping,
    Wish,
)
from loadcell.nodes.news import Collected, Exited, News, Reported
from loadcell.plan import Arrivals, Course, Part, Plan
from loadcell.store import StoredStage

MAX_REPLACEMENTS = 3
LEAD_TIME_S = 0.05
"""How far second 0 lies ahead when Go is sent, so that all processes have it before it comes."""

SILENT_S = 5.0
"""After how long without an interval a generator is called silent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long each answer is waited for, in seconds."""

    ready_s: float = 120.0
    begun_s: float = 600.0
    stopped_s: float = 60.0
    """On top of the stop timeout: for on_stop methods and the test_stop hooks."""
    exit_s: float = 5.0
    at_once_s: float = 1.0
    """For everything that is left, once the run must end at once."""


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
    ) -> None:
        """`course`: the stages to tell of in the run file.

        `arrivals`: the open model, with at most `max_users` users, those of `plan` being there before the first arrival.
        `reset_stats`: what was measured before all users were there does not count.
        `pilot`: an assessment, which decides on the load and ends the run.
        """
        self.totals = RunTotals()
        self._judging = Judging(demands or Demands(), course)
        self._pilot = pilot
        self._conclusion: Conclusion | None = None
        """What the assessment found out, once it is over."""
        self.start_at: float | None = None
        """Second 0 on the monotonic clock; None before Go."""
        self._plan = plan
        self._arrivals = arrivals
        self._max_users = max_users
        self._stages = StageLog(course)
        self._change: Change | None = None
        """The last change of the plan."""
        self._user_classes: tuple[list[str], int] | None = None
        """From which classes new users are, and from which user on, since a change said so."""
        self._clock = clock
        self._stop_timeout_s = stop_timeout_s
        self._exit_code_on_error = exit_code_on_error
        self._reset_stats = reset_stats
        self._patience = patience or Patience()
        self._members = {load.generator: Member(load) for load in loads}
        self._phase = Phase.STARTING
        self._host = ""
        self._shape = ""
        self._wanted = OpenRunFile("")
        self._ended_s = 0.0
        self._end_by: float | None = None
        """When (monotonic) all must be over, once the run must end at once."""
        self._interval: Interval | None = None
        self._early: list[Event] = []
        """Events from before there was a run file."""
        self._orphans: list[tuple[Part, float]] = []
        """Users of lost generators that nobody carries yet, with the time of the loss in s after the start."""
        self._spawning = True
        self._replacements = 0
        self._own_exit_code: int | None = None
        self._losses: list[str] = []
        self._error: LoadcellError | None = None
        self._actions: list[Action] = []

    # What goes in

    def begin(self) -> list[Action]:
        """The first actions: start all processes."""
        for member in self._members.values():
            self._start(member)
        return self._done()

    def handle(self, happened: News | RunFileOpened | StopRequested | LoadRequested | UsersRequested | Tick) -> list[Action]:
        """What to do about it."""
        match happened:
            case Reported(name, report):
                self._reported(self._members[name], report)
            case Collected(interval):
                self._collected(interval)
            case Exited():
                self._exited(self._members[happened.generator], happened)
            case RunFileOpened():
                self._go()
            case StopRequested(at_once):
                self._stop_requested(at_once)
            case LoadRequested(level, pace):
                if not self._shape:
                    self._change_load(level, pace)
            case UsersRequested(more):
                self._users_requested(more)
            case Tick():
                self._tick()
        return self._done()

    def due(self) -> float | None:
        """When (monotonic) the next Tick is needed; None if only news can change anything."""
        dues = [member.due for member in self._members.values() if member.due is not None]
        dues += [end for end in (self._end_of_plan(), self._end_of_stage()) if end is not None]
        return min(dues, default=None)

    def progress(self) -> Progress:
        """The run at this moment."""
        elapsed_s = self._elapsed_s()
        running = self._phase is Phase.RUNNING
        return Progress(
            state=stage_of(self._phase, self._plan, elapsed_s, self._arrivals),
            elapsed_s=elapsed_s,
            users=self._interval.users if self._interval and self._phase is not Phase.DONE else 0,
            target_users=self._plan.aim(elapsed_s) if running else 0,
            interval=self._interval,
            totals=self.totals,
            rate=self._arrivals.level(elapsed_s) if running and self._arrivals is not None else None,
            position=self._pilot.position() if self._pilot is not None else None,
        )

    def verdict(self) -> Verdict:
        """The verdict over what was measured so far."""
        conclusion = self._conclusion
        if conclusion is None:
            invalid = self._judging.invalid() if self._judging.verdict_wanted else ()
            conclusion = Conclusion(results=self._judging.results(), invalid=invalid)
        return judge(
            self.totals,
            host=self._host,
            exit_code_on_error=self._exit_code_on_error,
            own_exit_code=self._own_exit_code,
            losses=tuple(self._losses),
            results=conclusion.results,
            invalid=conclusion.invalid,
            notes=conclusion.reasons,
        )

    def _collected(self, interval: Interval) -> None:
        self.totals.add(interval)
        self._judging.add(interval, self._arrivals or self._plan)
        for lead in self._leads():
            self._send(lead, Merged(interval))
        self._do(WriteInterval(interval))
        last = self._interval
        if last is None or interval.second > last.second:
            self._interval = interval
        elif interval.second == last.second:
            self._interval = merge((last, interval))
        for name in interval.health:
            if member := self._members.get(name):
                member.heard_s = max(member.heard_s, interval.end_s)
                member.silent = False
        if self._pilot is not None and self._phase is Phase.RUNNING:
            self._steer(self._pilot, self._pilot.second(interval))
        if reasons := self._judging.to_abort():
            self._record_new("objective_failed", f"the run is ended: {'; '.join(reasons)}", "error")
            self._stop()

    # The way up

    def _start(self, member: Member) -> None:
        member.enter(Life.LOADING, self._now() + self._patience.ready_s)
        self._do(Start(member.load))

    def _reported(self, member: Member, report: Ready | Refused | Begun | Event | Wish | Say | Log | Stopped) -> None:
        match report:
            case Ready():
                self._ready(member, report)
            case Begun():
                self._begun(member)
            case Refused(message, hint, exit_code):
                self._refused(member, message, hint, exit_code)
            case Stopped():
                self._stopped(member, report)
            case Log():
                self._do(PassLog(member.name, report))
            case Event():
                self._told(member, report)
            case Wish(users, spawn_rate, user_classes):
                self._wished(users, spawn_rate, user_classes)
            case Say():
                self._pass_on(member, report)

    def _told(self, member: Member, event: Event) -> None:
        if event.kind == "spawning_complete":
            spawning.note(member, event, self._change.number if self._change else 0)
            self._tell_spawned()
        elif event.kind == "exit_code":
            self._own_exit_code = event.data["exit_code"]
        else:
            self._record(event)
            if event.kind == "quit_requested":
                self._quit_requested(event)

    def _ready(self, member: Member, ready: Ready) -> None:
        if member.life is not Life.LOADING:
            return
        self._host = self._host or ready.host
        member.enter(Life.READY)
        if member.leads:
            self._wanted = OpenRunFile(
                self._host, ready.shape, ready.common_options, tuple(ready.percentiles), tuple(ready.secrets)
            )
            if ready.shape and self._stages.course is not None:
                self._give_up(losses.two_masters(ready.shape))
                return
            if ready.shape:
                self._shape, self._plan = ready.shape, Plan.idle()
        elif member.carries:
            for lead in self._leads():
                self._send(lead, Joined(member.name))
        if member.replaces:
            self._send_begin(member)
        elif all(other.life is Life.READY for other in self._members.values()):
            self._phase = Phase.BEGINNING
            self._send_begin(next(other for other in self._members.values() if other.leads))

    def _send_begin(self, member: Member) -> None:
        member.enter(Life.BEGINNING, self._now() + self._patience.begun_s)
        self._send(member, Begin())

    def _begun(self, member: Member) -> None:
        if member.life is not Life.BEGINNING:
            return
        member.enter(Life.BEGUN)
        if member.replaces:
            member.heard_s = self._elapsed_s()
            member.enter(Life.GOING)
            self._send(member, self._go_command([]))
            if self._change is not None:
                classes, mixed_from = self._user_classes or (None, 0)
                self._send(member, msgspec.structs.replace(self._change, user_classes=classes, mixed_from=mixed_from))
            self._adopt()
            return
        waiting = [other for other in self._members.values() if other.life is Life.READY]
        for other in waiting:
            self._send_begin(other)
        if all(other.life is Life.BEGUN for other in self._members.values()):
            self._do(self._wanted)

    def _go(self) -> None:
        if self._phase is not Phase.BEGINNING:
            return
        self._phase = Phase.RUNNING
        self.start_at = self._now() + LEAD_TIME_S
        carriers = [member for member in self._members.values() if member.carries]
        for index, member in enumerate(carriers):
            member.parts = [Part(index, len(carriers))]
        for member in self._members.values():
            member.enter(Life.GOING)
            self._send(member, self._go_command(list(member.parts)))
        if self._plan.cut_off:
            text = f"the run time ends the ramp at {self._plan.peak:,} users: the others will not be started"
            self._early.append(Event("ramp_cut_off", text, level="warning"))
        for event in self._early:
            self._do(WriteEvent(event))
        self._early.clear()
        if self._pilot is not None:
            self._steer(self._pilot, self._pilot.begin())

    def _go_command(self, parts: list[Part]) -> Go:
        return Go(self._plan, parts, self._second_0(), self._arrivals, self._max_users)

    def _tell_spawned(self) -> None:
        users = spawning.total(self._members.values())
        if users is None or self._phase is not Phase.RUNNING or self._plan.cut_off:
            return
        for member in spawning.unaware(self._members.values()):
            member.knows_spawned = True
            self._send(member, Spawned(users))
        if self._spawning:
            self._spawning = False
            self._judging.all_there(self._elapsed_s())
            self._record(spawning.event(sum(users.values()), self._elapsed_s()))
            if self._reset_stats:
                self._reset()

    def _reset(self) -> None:
        """What was measured so far does not count."""
        self.totals.clear()
        self._record_new("stats_reset", "the statistics begin anew: all users are there", "info")
        for member in self._members.values():
            if member.life is Life.GOING:
                self._send(member, Reset())

    # Another load

    def _steer(self, pilot: Pilot, steps: list[Step]) -> None:
        """Do what the assessment wants."""
        for step in steps:
            match step:
                case SetLoad(level, pace):
                    self._change_load(level, pace, told=False)
                case StageOver(stage):
                    self._do(WriteStage(stage))
                case Told(event):
                    self._record(event)
        if pilot.done:
            self._stop()

    def _change_plan(
        self, users: int, spawn_rate: float, user_classes: list[str] | None = None, *, told: bool = True
    ) -> None:
        if self._phase is not Phase.RUNNING or users < 0 or spawn_rate <= 0:
            return
        at_s = self._elapsed_s()
        mixed_from = self._plan.target(at_s)
        if user_classes is not None:
            self._user_classes = (user_classes, mixed_from)
        self._plan = self._plan.changed(at_s, users, spawn_rate)
        self._judging.changed(at_s, users, spawn_rate)
        number = 1 + (self._change.number if self._change else 0)
        self._change = Change(self._plan, at_s, number, user_classes, mixed_from)
        spawning.begin_again(self._members.values())
        if told:
            text = f"{users:,} {'user' if users == 1 else 'users'} at {spawn_rate:g}/s from now on"
            self._record(Event("load_changed", text, at_s, data={"users": users, "spawn_rate": spawn_rate}))
        for member in self._members.values():
            if member.life is Life.GOING:
                self._send(member, self._change)

        self._tell_stages(self._stages.change(at_s, users, spawn_rate))

    def _wished(self, users: int, spawn_rate: float, user_classes: list[str] | None) -> None:
        if self._pilot is not None:
            return
        if self._arrivals is None:
            self._change_plan(users, spawn_rate, user_classes)
        elif self._phase is Phase.RUNNING:
            text = f"the scenario asked for {users:,} users: without effect, the rate of iterations decides"
            self._record_new("users_unchanged", text, "warning")

    def _change_rate(self, rate: float, pace: float, *, told: bool = True) -> None:
        if self._phase is not Phase.RUNNING or self._arrivals is None or rate < 0 or pace <= 0:
            return
        # A moment ahead, so that all processes know of it when it comes.
        at_s = self._elapsed_s() + LEAD_TIME_S
        self._arrivals = self._arrivals.changed(at_s, rate, pace)
        self._judging.changed(at_s, rate, pace)
        if told:
            text = f"{rate:g} iterations/s from now on"
            self._record(Event("load_changed", text, at_s, data={"rate": rate, "pace": pace}))
        for member in self._members.values():
            if member.life is Life.GOING:
                self._send(member, ChangeRate(self._arrivals))
        self._tell_stages(self._stages.change(at_s, rate, pace))

    def _change_load(self, level: float, pace: float, *, told: bool = True) -> None:
        """Go to another level: of users, or in the open model of iterations/s."""
        if self._arrivals is None:
            self._change_plan(round(level), pace, told=told)
        else:
            self._change_rate(level, pace, told=told)

    def _users_requested(self, more: int) -> None:
        if self._shape or self._pilot is not None:
            return
        now = self._elapsed_s()
        level = self._plan.aim(now) if self._arrivals is None else self._arrivals.aim(now + LEAD_TIME_S)
        self._change_load(max(0.0, level + more), max(1.0, abs(more)))

    def _tell_stages(self, stages: list[StoredStage]) -> None:
        for stage in stages:
            self._do(WriteStage(stage))

    def _pass_on(self, sender: Member, said: Say) -> None:
        """Bring what the scenario says from one process to another: to one that is named, to the lead, or to all."""
        said.sender = sender.name
        if said.to:
            heard = [member for member in self._members.values() if member.name == said.to]
        else:
            heard = [member for member in self._members.values() if member.leads != sender.leads]
        for member in heard:
            if member.alive and member.life is not Life.LOADING:
                self._send(member, said)

    def _leads(self) -> list[Member]:
        """The lead, where it is a process of its own."""
        return [member for member in self._members.values() if not member.carries and member.alive]

    def _refused(self, member: Member, message: str, hint: str, exit_code: int) -> None:
        if member.replaces:
            self._record_new("generator_refused", f"{member.title} could not begin: {message}", "error")
            self._kill(member)
            return
        member.enter(Life.QUITTING, self._bounded(self._patience.exit_s))  # It ends by itself.
        error = ScenarioError(message, hint)
        error.exit_code = exit_code
        self._give_up(error)

    # Losses

    def _exited(self, member: Member, exited: Exited) -> None:
        before = member.life
        member.enter(Life.GONE)
        if self._phase in (Phase.STARTING, Phase.BEGINNING):
            self._give_up(losses.ended_early(member, exited.exit))
        elif self._phase is Phase.RUNNING and member.carries:
            self._carrier_lost(member, exited)
        elif self._phase in (Phase.RUNNING, Phase.STOPPING) and before is not Life.STOPPED:
            event = self._record_loss(member, exited)
            if event and not member.carries:
                self._losses.append(event.text)
                self._stop()
        self._advance()

    def _record_loss(self, member: Member, exited: Exited) -> Event | None:
        if member.condemned:
            return None  # What it was ended for has been recorded.
        event = losses.event(member, exited, self._plan, self._elapsed_s())
        self._record(event)
        return event

    def _carrier_lost(self, member: Member, exited: Exited) -> None:
        lost_at = self._elapsed_s()
        for lead in self._leads():
            self._send(lead, Left(member.name))
        self._record_loss(member, exited)
        self._orphans += [(part, lost_at) for part in member.parts]
        member.parts = []
        carriers = [other for other in self._members.values() if other.carries and other.alive]
        if any(other.life is Life.GOING for other in carriers):
            self._adopt()
        elif not carriers:
            self._replace(member)

    def _replace(self, lost: Member) -> None:
        if self._replacements == MAX_REPLACEMENTS:
            text = f"Generators were lost again and again: after {MAX_REPLACEMENTS} replacements the run was ended."
            self._record_new("generators_exhausted", text, "error")
            self._losses.append(text)
            self._stop()
            return
        self._replacements += 1
        member = losses.replacement(lost, self._members)
        self._members[member.name] = member
        text = f"{member.title} is started in the place of generator {lost.name}."
        self._record_new("generator_replaced", text, "warning")
        self._start(member)

    def _adopt(self) -> None:
        """Give the users that nobody carries to those who can."""
        going = [member for member in self._members.values() if member.carries and member.life is Life.GOING]
        survivors = {member.name: member for member in going}
        for name, part, lost, lost_at in losses.adoptions(self._orphans, list(survivors)):
            survivors[name].parts.append(part)
            survivors[name].spawned = None
            self._send(survivors[name], Assign(part, lost, lost_at))
        self._orphans.clear()

    # The way down

    def _stop_requested(self, at_once: bool) -> None:
        if at_once and self._end_by is None:
            self._end_by = self._now() + self._patience.at_once_s
            for member in self._members.values():
                if member.life is Life.STOPPING:
                    self._send_stop(member)
                elif member.due is not None:
                    member.due = min(member.due, self._end_by)
        if self._phase in (Phase.STARTING, Phase.BEGINNING):
            self._give_up(None)
        else:
            self._stop()

    def _quit_requested(self, event: Event) -> None:
        code = event.data.get("exit_code")
        if isinstance(code, int) and self._own_exit_code is None:
            self._own_exit_code = code
        self._stop_requested(at_once=False)

    def _give_up(self, error: LoadcellError | None) -> None:
        """End a run that never carried load."""
        self._error = self._error or error
        self._quit()

    def _stop(self) -> None:
        """Stop the load, if it is not being stopped yet: the generators first, the lead when they are done."""
        if self._phase is not Phase.RUNNING:
            return
        self._ended_s = self._elapsed_s()
        self._judging.ended(self._ended_s)
        self._phase = Phase.STOPPING
        self._tell_stages(self._stages.end(self._ended_s))
        self._record(Event("stopping", "the users were stopped", self._ended_s))
        if self._pilot is not None:
            self._conclusion = self._pilot.conclude()
            for name, value in self._conclusion.found.items():
                self._do(WriteResult(name, value))
        for member in sorted(self._members.values(), key=lambda member: member.carries):
            if member.carries and member.alive:
                if member.life is Life.GOING:
                    self._send_stop(member)
                else:
                    self._kill(member)
            elif member.life is Life.GOING:
                self._send(member, Stopping())
        self._advance()

    def _send_stop(self, member: Member) -> None:
        timeout_s = 0.0 if self._end_by is not None else self._stop_timeout_s
        member.enter(Life.STOPPING, self._bounded(timeout_s + self._patience.stopped_s))
        self._send(member, Stop(timeout_s))

    def _stopped(self, member: Member, stopped: Stopped) -> None:
        if member.life is not Life.STOPPING:
            return
        member.enter(Life.STOPPED)
        if stopped.exit_code is not None and (member.leads or self._own_exit_code is None):
            self._own_exit_code = stopped.exit_code
        self._advance()

    def _advance(self) -> None:
        """Take the next step down, when all have taken the one before."""
        alive = [member for member in self._members.values() if member.alive]
        if self._phase is Phase.STOPPING and not any(m.carries and m.life is not Life.STOPPED for m in alive):
            waiting = [member for member in alive if member.life is not Life.STOPPED]
            for lead in waiting:
                if lead.life is Life.GOING:
                    self._send_stop(lead)
            if not waiting:
                self._quit()
        elif self._phase is Phase.QUITTING and not alive:
            self._phase = Phase.DONE
            self._do(Finish(self.verdict(), self._ended_s, self._error))

    def _quit(self) -> None:
        if self._phase in (Phase.QUITTING, Phase.DONE):
            return
        self._phase = Phase.QUITTING
        code = self._error.exit_code if self._error else self.verdict().exit_code
        for member in self._members.values():
            if member.life is Life.LOADING:
                self._kill(member)  # It has run no hooks, and reads no command before it is ready.
            elif member.alive and member.life is not Life.QUITTING:
                member.enter(Life.QUITTING, self._bounded(self._patience.exit_s))
                self._send(member, Quit(code))
        self._advance()

    # Time

    def _tick(self) -> None:
        now = self._now()
        if self._phase is Phase.RUNNING:
            self._tell_stages(self._stages.take(self._elapsed_s()))
        if (end := self._end_of_plan()) is not None and now >= end:
            self._stop()
        for member in list(self._members.values()):
            if member.due is not None and now >= member.due:
                self._overdue(member)
            elif self._phase is Phase.RUNNING and member.life is Life.GOING and member.carries:
                self._listen(member)

    def _listen(self, member: Member) -> None:
        """Record, once a spell, that a generator says nothing."""
        silent_s = self._elapsed_s() - member.heard_s
        if silent_s >= SILENT_S and not member.silent:
            member.silent = True
            text = f"{member.title} has reported nothing for {silent_s:.0f} s: its process is blocked or overloaded."
            self._record_new("generator_silent", text, "warning", {"generator": member.name})

    def _overdue(self, member: Member) -> None:
        """Deal with a process that owes an answer for too long: it is ended, and its end is news."""
        if self._phase in (Phase.STARTING, Phase.BEGINNING):
            self._give_up(losses.never_ready(member, self._patience.ready_s, self._patience.begun_s))
        elif self._end_by is None:
            self._record_new("generator_hung", losses.hung(member), "error", {"generator": member.name})
        self._kill(member)

    def _kill(self, member: Member) -> None:
        member.due = None
        member.condemned = True
        self._do(Kill(member.name))

    def _bounded(self, seconds: float) -> float:
        due = self._now() + seconds
        return due if self._end_by is None else min(due, self._end_by)

    def _end_of_plan(self) -> float | None:
        duration_s = (self._arrivals or self._plan).duration_s
        if self._phase is not Phase.RUNNING or self.start_at is None or duration_s is None:
            return None
        return self.start_at + duration_s

    def _end_of_stage(self) -> float | None:
        next_s = self._stages.next_end_s()
        if self._phase is not Phase.RUNNING or self.start_at is None or next_s is None:
            return None
        return self.start_at + next_s

    def _second_0(self) -> float:
        assert self.start_at is not None
        return self.start_at

    def _elapsed_s(self) -> float:
        return 0.0 if self.start_at is None else max(0.0, self._now() - self.start_at)

    def _now(self) -> float:
        return self._clock.monotonic()

    # What comes out

    def _record_new(self, kind: str, text: str, level: str, data: dict[str, object] | None = None) -> None:
        self._record(Event(kind, text, self._elapsed_s(), level, data or {}))

    def _record(self, event: Event) -> None:
        if self.start_at is None:
            self._early.append(event)
        else:
            self._do(WriteEvent(event))

    def _send(self, member: Member, command: Command) -> None:
        self._do(Send(member.name, command))

    def _do(self, action: Action) -> None:
        self._actions.append(action)

    def _done(self) -> list[Action]:
        actions, self._actions = self._actions, []
        return actions
