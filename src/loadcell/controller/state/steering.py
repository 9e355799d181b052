"""The load of a run, and everybody who changes it: the course, a shape, an assessment, those who watch."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import InitVar, dataclass, field

import msgspec

from loadcell.controller import spawning
from loadcell.controller.actions import WriteResult, WriteStage
from loadcell.controller.assessment.pilot import Pilot, Position
from loadcell.controller.assessment.steps import SetLoad, StageOver, Step, Told
from loadcell.controller.members import Member
from loadcell.controller.stage_log import StageLog
from loadcell.controller.state.crew import Crew
from loadcell.controller.state.evidence import Evidence
from loadcell.controller.state.lifetime import Lifetime
from loadcell.controller.state.outbox import Outbox
from loadcell.messages import Change, ChangeRate, Event, Go, Interval, Wish
from loadcell.plan import Arrivals, Course, Part, Plan


@dataclass(slots=True, kw_only=True, eq=False)
class Steering:
    """The plan of users or of arrivals with all its changes, and the processes told of it."""

    plan: Plan
    arrivals: Arrivals | None
    course: InitVar[Course | None]
    max_users: int
    pilot: Pilot | None
    lifetime: Lifetime
    crew: Crew
    outbox: Outbox
    evidence: Evidence
    _stages: StageLog = field(init=False)
    _shape: str = field(default="", init=False)
    _change: Change | None = field(default=None, init=False)
    """The last change of the plan."""
    _user_classes: tuple[list[str], int] | None = field(default=None, init=False)
    """From which classes new users are, and from which user on, since a change said so."""

    def __post_init__(self, course: Course | None) -> None:
        self._stages = StageLog(course)

    # What is known of it

    @property
    def load(self) -> Plan | Arrivals:
        """What decides on the load: arrivals in the open model, else the plan of users."""
        return self.arrivals or self.plan

    @property
    def has_course(self) -> bool:
        return self._stages.course is not None

    @property
    def changes(self) -> int:
        """How often the plan has been changed."""
        return self._change.number if self._change else 0

    @property
    def over(self) -> bool:
        """Whether the assessment wants no more load."""
        return self.pilot is not None and self.pilot.done

    def position(self) -> Position | None:
        """Where the assessment is; None for a plain run."""
        return None if self.pilot is None else self.pilot.position()

    def end_at(self) -> float | None:
        """When (monotonic) the load is over by plan; None where that is open."""
        return self._at(self.load.duration_s)

    def stage_end_at(self) -> float | None:
        """When (monotonic) the stage under way is over; None where none is."""
        return self._at(self._stages.next_end_s())

    def _at(self, second: float | None) -> float | None:
        if not self.lifetime.running or second is None:
            return None
        return self.lifetime.second_0() + second

    # What the processes get at their start

    def go(self, parts: list[Part]) -> Go:
        """The command to begin with these parts of the users."""
        return Go(self.plan, parts, self.lifetime.second_0(), self.arrivals, self.max_users)

    def bring_up_to_date(self, member: Member) -> None:
        """Let a process that came later know of the load, which carries nobody yet."""
        self.crew.send(member, self.go([]))
        if self._change is not None:
            classes, mixed_from = self._user_classes or (None, 0)
            self.crew.send(member, msgspec.structs.replace(self._change, user_classes=classes, mixed_from=mixed_from))

    # Who changes it

    def leave_to_shape(self, shape: str) -> None:
        """From here on the scenario's LoadTestShape alone decides."""
        self._shape, self.plan = shape, Plan.idle()

    def begin(self) -> None:
        """The load begins: let the assessment have its first word."""
        if self.pilot is not None:
            self._follow(self.pilot.begin())

    def seen(self, second: int, signals: Mapping[str, float]) -> None:
        """What the service felt in one second."""
        if self.pilot is not None:
            self.pilot.seen(second, signals)

    def second(self, interval: Interval) -> None:
        """Let the assessment see a second."""
        if self.pilot is not None:
            self._follow(self.pilot.second(interval))

    def request(self, level: float, pace: float) -> None:
        """Somebody outside decides on the load; without effect where it is no number."""
        if not self._shape and math.isfinite(level) and math.isfinite(pace):
            self._change_load(level, pace)

    def request_more(self, more: int) -> None:
        """Somebody who watches wants more, or less."""
        if self._shape or self.pilot is not None:
            return
        now = self.lifetime.elapsed_s()
        level = self.plan.aim(now) if self.arrivals is None else self.arrivals.aim(now + self.lifetime.lead_time_s)
        self._change_load(max(0.0, level + more), max(1.0, abs(more)))

    def wish(self, wish: Wish) -> None:
        """The scenario wants another load."""
        if self.pilot is not None:
            return
        if self.arrivals is None:
            self._change_plan(wish.users, wish.spawn_rate, wish.user_classes)
        elif self.lifetime.running:
            text = f"the scenario asked for {wish.users:,} users: without effect, the rate of iterations decides"
            self.outbox.record_new("users_unchanged", text, "warning")

    def _follow(self, steps: list[Step]) -> None:
        for step in steps:
            match step:
                case SetLoad(level, pace):
                    self._change_load(level, pace, told=False)
                case StageOver(stage):
                    self.outbox.put(WriteStage(stage))
                case Told(event):
                    self.outbox.record(event)

    # How it changes

    def _change_load(self, level: float, pace: float, *, told: bool = True) -> None:
        """Go to another level: of users, or in the open model of iterations/s."""
        if self.arrivals is None:
            self._change_plan(round(level), pace, told=told)
        else:
            self._change_rate(self.arrivals, level, pace, told=told)

    def _change_plan(
        self, users: int, spawn_rate: float, user_classes: list[str] | None = None, *, told: bool = True
    ) -> None:
        if not self.lifetime.running or users < 0 or spawn_rate <= 0:
            return
        at_s = self.lifetime.elapsed_s()
        mixed_from = self.plan.target(at_s)
        if user_classes is not None:
            self._user_classes = (user_classes, mixed_from)
        self.plan = self.plan.changed(at_s, users, spawn_rate)
        self.evidence.judging.changed(at_s, users, spawn_rate)
        self._change = Change(self.plan, at_s, 1 + self.changes, user_classes, mixed_from)
        spawning.begin_again(list(self.crew))
        if told:
            text = f"{users:,} {'user' if users == 1 else 'users'} at {spawn_rate:g}/s from now on"
            data = {"users": users, "spawn_rate": spawn_rate}
            self.outbox.record(Event("load_changed", text, at_s, data=data))
        for member in self.crew.going:
            self.crew.send(member, self._change)
        self.outbox.write_stages(self._stages.change(at_s, users, spawn_rate))

    def _change_rate(self, arrivals: Arrivals, rate: float, pace: float, *, told: bool) -> None:
        if not self.lifetime.running or rate < 0 or pace <= 0:
            return
        # A moment ahead, so that all processes know of it when it comes.
        at_s = self.lifetime.elapsed_s() + self.lifetime.lead_time_s
        changed = self.arrivals = arrivals.changed(at_s, rate, pace)
        self.evidence.judging.changed(at_s, rate, pace)
        if told:
            text = f"{rate:g} iterations/s from now on"
            self.outbox.record(Event("load_changed", text, at_s, data={"rate": rate, "pace": pace}))
        for member in self.crew.going:
            self.crew.send(member, ChangeRate(changed))
        self.outbox.write_stages(self._stages.change(at_s, rate, pace))

    # How it ends

    def tell_stages(self) -> None:
        """Have the stages written that are over."""
        self.outbox.write_stages(self._stages.take(self.lifetime.elapsed_s()))

    def end_stages(self, ended_s: float) -> None:
        """Have the stages written that the end of the load ends."""
        self.outbox.write_stages(self._stages.end(ended_s))

    def conclude(self) -> None:
        """Have what the assessment found out written; it decides on the verdict."""
        if self.pilot is not None:
            conclusion = self.evidence.conclusion = self.pilot.conclude()
            for name, value in conclusion.found.items():
                self.outbox.put(WriteResult(name, value))
