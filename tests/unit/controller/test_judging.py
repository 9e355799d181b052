"""Which seconds of a plain run count, and when it is ended before its time."""

from __future__ import annotations

from typing import Any

import pytest

from loadcell.controller.judging import Demands, Judging
from loadcell.controller.validity import Validity
from loadcell.histogram import Histogram
from loadcell.messages import EntryCounts, ErrorCount, Health, Interval, Starts
from loadcell.objectives import parse_objective
from loadcell.plan import Course, CourseStage, Plan
from loadcell.plan.course import Model, Phase

PLAN = Plan.ramp(10, 5)
"""All ten users are there from 2 s on."""


def demands(*texts: str, **more: Any) -> Demands:
    return Demands(objectives=[parse_objective(text) for text in texts], **more)


def second(number: int, ms: int, *, users: int = 10, end_s: float | None = None, **health: Any) -> Interval:
    latency = Histogram()
    latency.record_all([ms * 1000] * 10)
    counts = EntryCounts("GET", "/", 10, ok=latency.to_bytes())
    end_s = number + 1.0 if end_s is None else end_s
    return Interval(number, number, end_s, users, {}, [counts], health={"1": Health(**health)}, connections=1)


def test_the_load_begins_when_all_users_are_there() -> None:
    judging = Judging(demands("max < 50ms", "max < 50ms at 10 users"))
    judging.add(second(0, 90, users=5), PLAN)
    judging.all_there(1.85)
    judging.add(second(1, 90), PLAN)
    judging.add(second(2, 10), PLAN)
    assert [(found.stage, found.passed) for found in judging.results()] == [("load", True), ("load", True)]


def test_a_load_that_some_users_have_left_is_not_held() -> None:
    judging = Judging(demands("max < 50ms at 10 users"))
    judging.all_there(1.85)
    judging.add(second(3, 90, users=9), PLAN)
    judging.add(second(4, 10), PLAN)
    assert [found.passed for found in judging.results()] == [True]


def test_a_load_that_is_about_to_change_is_not_held() -> None:
    judging = Judging(demands("max < 50ms at 10 users"))
    judging.all_there(1.85)
    judging.add(second(3, 10), PLAN)
    judging.add(second(5, 90), PLAN.changed(5.5, 12, 100))
    assert [found.passed for found in judging.results()] == [True]


def test_another_load_is_told_apart() -> None:
    judging = Judging(demands("max < 50ms at 10 users"))
    judging.all_there(1.85)
    changed = PLAN.changed(5, 20, 10)
    judging.add(second(4, 10), PLAN)
    judging.add(second(5, 90, users=20), changed)
    judging.add(second(8, 90, users=20), changed)
    assert [found.passed for found in judging.results()] == [True]


def test_what_comes_after_the_stop_is_not_judged() -> None:
    judging = Judging(demands("max < 50ms"))
    judging.all_there(0.0)
    judging.add(second(0, 10), PLAN)
    judging.ended(1.3)
    judging.add(second(1, 90, end_s=3.0), PLAN)
    assert [found.passed for found in judging.results()] == [True]


def test_a_run_is_only_ended_where_that_was_asked_for() -> None:
    for abort in (False, True):
        judging = Judging(demands("max < 50ms for 2s", abort_on_fail=abort))
        judging.all_there(0.0)
        judging.add(second(0, 90), PLAN)
        assert judging.to_abort() == []
        judging.add(second(1, 90), PLAN)
        assert bool(judging.to_abort()) is abort
        judging.ended(2.0)
        assert judging.to_abort() == []


def test_a_verdict_is_wanted_by_an_objective_or_by_the_option() -> None:
    assert not Judging(Demands()).verdict_wanted
    assert Judging(demands("rps > 5")).verdict_wanted
    assert Judging(Demands(fail_on_invalid=True)).verdict_wanted


def test_a_ramp_that_costs_more_than_the_load_is_no_bottleneck() -> None:
    judging = Judging(Demands())
    for number in range(6):
        judging.add(second(number, 10, cpu=99.0), PLAN)
    assert judging.invalid() != (), "as long as there is nothing else"
    judging.all_there(6.0)
    judging.add(second(6, 10, cpu=40.0), PLAN)
    assert judging.invalid() == ()


def test_what_the_generators_ran_out_of_counts_in_the_ramp_too() -> None:
    validity = Validity()
    ramp = second(0, 10)
    ramp.errors.append(ErrorCount("GET", "/", "OSError(24, 'Too many open files')", 3, 0, 1))
    validity.add(ramp, ramp=True)
    validity.add(second(1, 10), ramp=False)
    (reason,) = validity.reasons()
    assert "3 requests failed" in reason


def course(*stages: tuple[Phase, float, float, float], model: Model = "closed") -> Course:
    return Course(tuple(CourseStage(*stage) for stage in stages), model)


def test_a_course_is_judged_stage_by_stage() -> None:
    steps = course(("ramp", 0, 10, 1), ("load", 10, 10, 2), ("ramp", 10, 20, 1), ("load", 20, 20, 2), ("stress", 20, 20, 2))
    judging = Judging(demands("max < 50ms", "max < 50ms at 20 users"), steps)
    plan = steps.plan()
    for number, ms in enumerate((90, 10, 10, 90, 60, 60, 90, 90)):
        judging.add(second(number, ms, users=10 if number < 3 else 20), plan)
    found = [(result.stage, result.passed) for result in judging.results()]
    assert found == [("load at 10 users", True), ("load at 20 users", False), ("load", False)]


def test_a_second_on_the_border_of_two_stages_belongs_to_neither() -> None:
    steps = course(("load", 10, 10, 1.5), ("ramp", 10, 10, 5))
    judging = Judging(demands("max < 50ms"), steps)
    judging.add(second(0, 10), steps.plan())
    judging.add(second(1, 90), steps.plan())
    assert [result.passed for result in judging.results()] == [True]


def test_the_open_model_holds_rates() -> None:
    steps = course(("ramp", 0, 0, 1), ("load", 500, 500, 5), model="open")
    judging = Judging(demands("rps >= 5 at 500/s", "rps >= 5 at 10 users"), steps)
    judging.add(second(0, 10), steps.arrivals())
    judging.add(second(1, 10), steps.arrivals())
    assert [(result.stage, result.passed) for result in judging.results()] == [("load", True), ("", False)]


def test_a_course_that_somebody_changes_is_judged_on() -> None:
    steps = course(("load", 10, 10, 20))
    judging = Judging(demands("max < 50ms at 20 users"), steps)
    judging.changed(2, 20, 10)
    changed = steps.plan().changed(2, 20, 10)
    judging.add(second(2, 90, users=20), changed)
    judging.add(second(3, 10, users=20), changed)
    assert [result.passed for result in judging.results()] == [True]


@pytest.mark.parametrize(
    ("dropped", "text", "valid"), [(5, "max < 50ms", True), (6, "max < 50ms", False), (50, "max < 1ms", True)]
)
def test_what_was_kept_at_less_load_than_asked_for_is_not_proven(dropped: int, text: str, valid: bool) -> None:
    steps = course(("load", 100, 100, 9), model="open")
    judging = Judging(demands(text), steps)
    offered = second(1, 10)
    offered.starts = Starts(due=100, started=100 - dropped, dropped=dropped)
    judging.add(offered, steps.arrivals())
    assert (judging.invalid() == ()) is valid
    assert valid or "--max-users" in judging.invalid()[0]
