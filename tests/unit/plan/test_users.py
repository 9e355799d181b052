"""The plan: starts evenly spaced, shared out without losing or adding one."""

from __future__ import annotations

import doctest
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadcell.plan import Part, Plan, Stage
from loadcell.plan import users as plan_module

users = st.integers(1, 300)
rates = st.floats(0.1, 1000)
parts = st.builds(lambda count, index: Part(index % count, count), st.integers(1, 7), st.integers(0, 100))


def starts(plan: Plan, part: Part | None = None) -> list[float]:
    """When the users of a part are due, all by default."""
    found = []
    for n in (part or Part()).slots():
        due = plan.start_of(n)
        if due is None:
            return found
        found.append(due)
    raise AssertionError


def test_a_preface_holds_few_users_and_goes_on_at_the_same_rate() -> None:
    plan = Plan.prefaced(10, 5, 60, few=2, few_s=6)
    assert [plan.target(t) for t in (0, 0.3, 5.9, 6.5, 7.7, 59)] == [1, 2, 2, 5, 10, 10]
    assert plan.duration_s == 60
    assert plan.peak == 10


@pytest.mark.parametrize(("users", "rate", "run_time"), [(2, 5, 60), (10, 0.2, 100), (100, 1, 50)])
def test_there_is_no_preface_where_few_users_come_anyway_or_time_is_short(users: int, rate: float, run_time: float) -> None:
    assert Plan.prefaced(users, rate, run_time, few=2, few_s=6) == Plan.ramp(users, rate, run_time)


def test_the_example_of_the_docstring() -> None:
    assert doctest.testmod(plan_module).failed == 0


@given(users, rates)
def test_a_ramp_starts_its_users_one_by_one_and_evenly(count: int, rate: float) -> None:
    found = starts(Plan.ramp(count, rate))
    assert found == pytest.approx([n / rate for n in range(count)])
    # No burst: any window of a second holds at most the rate, rounded up.
    for n, due in enumerate(found):
        assert len([other for other in found[n:] if other < due + 1 - 1e-6]) <= math.ceil(rate)


@given(users, rates, st.floats(0, 100))
def test_as_many_users_as_should_be_are_due(count: int, rate: float, t: float) -> None:
    plan = Plan.ramp(count, rate)
    due = [start for start in starts(plan) if start <= t + 1e-9 / rate]
    assert plan.target(t) == len(due)


@given(users, rates)
def test_a_ramp_stays_at_its_peak(count: int, rate: float) -> None:
    plan = Plan.ramp(count, rate)
    assert plan.peak == count
    assert plan.target(count / rate + 1000) == count
    assert plan.duration_s is None


@given(users, rates, st.floats(0.1, 100))
def test_the_run_time_includes_the_ramp_and_cuts_it_off(count: int, rate: float, run_time: float) -> None:
    plan = Plan.ramp(count, rate, run_time)
    assert plan.duration_s == pytest.approx(run_time)
    assert plan.target(run_time + 0.001) == 0
    whole = starts(Plan.ramp(count, rate))
    found = starts(plan)
    assert found == pytest.approx(whole[: len(found)])
    # What is missing was due at the very end, or after it.
    assert all(due > run_time - 1e-6 for due in whole[len(found) :])


def test_a_ramp_that_the_run_time_cuts_off() -> None:
    assert Plan.ramp(10, 5, 1.9).cut_off
    assert not Plan.ramp(10, 5, 2).cut_off
    assert not Plan.ramp(10, 5).cut_off
    assert not Plan(()).cut_off


def test_before_the_start_there_is_nobody_and_at_the_start_the_first() -> None:
    plan = Plan.ramp(10, 2)
    assert [plan.target(t) for t in (-0.1, 0, 0.49, 0.5, 4.49, 4.5, 5)] == [0, 1, 1, 2, 9, 10, 10]


def test_stages_one_after_another() -> None:
    plan = Plan(
        (
            Stage(start=0, end=10, duration_s=5),
            Stage(start=10, end=10, duration_s=10),
            Stage(start=20, end=20, duration_s=0),
            Stage(start=20, end=0, duration_s=10),
        )
    )
    assert plan.peak == 20
    assert plan.duration_s == 25
    assert plan.start_of(3) == 1.5
    assert plan.start_of(9) == 4.5
    assert plan.start_of(15) == 15
    assert plan.start_of(20) is None
    assert [plan.target(t) for t in (0, 4.9, 10, 15, 20, 24.9, 25)] == [1, 10, 10, 20, 11, 1, 0]


def test_a_jump_has_no_ramp() -> None:
    plan = Plan((Stage(start=5, end=5),))
    assert starts(plan) == [0] * 5
    assert plan.target(0) == 5


@given(parts, st.integers(1, 6), st.integers(0, 300))
def test_splitting_loses_no_user_and_adds_none(part: Part, count: int, total: int) -> None:
    def held(each: Part) -> list[int]:
        found = []
        for n in each.slots():
            if n >= total:
                return found
            found.append(n)
        raise AssertionError

    pieces = part.split(count)
    assert len(pieces) == count
    assert sorted(n for piece in pieces for n in held(piece)) == held(part)
    for each in (part, *pieces):
        assert each.size(total) == len(held(each))


@given(users, rates, st.integers(1, 6))
def test_the_starts_of_all_parts_are_those_of_the_plan(count: int, rate: float, processes: int) -> None:
    plan = Plan.ramp(count, rate)
    shared = [due for part in Part().split(processes) for due in starts(plan, part)]
    assert sorted(shared) == starts(plan)


@given(st.integers(1, 100), rates, st.integers(1, 5), st.floats(0, 200))
def test_lost_users_come_back_at_the_pace_of_the_plan(count: int, rate: float, processes: int, lost_at: float) -> None:
    plan = Plan.ramp(count, rate)
    lost = Part(processes - 1, processes)
    numbers = range(lost.index, count, lost.count)
    again = [plan.restart_of(n, lost_at, lost) for n in numbers]
    # Never before the loss, and not all at once.
    assert again == pytest.approx([lost_at + place / rate for place in range(len(numbers))])


def test_a_change_goes_on_from_the_level_that_was_reached() -> None:
    plan = Plan.ramp(10, 2).changed(2, 6, 1)
    assert [plan.target(t) for t in (1.9, 2, 3.5, 10, 1000)] == [4, 5, 6, 6, 6]
    down = plan.changed(20, 2, 4)
    assert [down.target(t) for t in (20, 20.3, 20.6, 21, 30)] == [6, 5, 4, 2, 2]
    assert (down.final, down.peak, down.duration_s) == (2, 6, None)


def test_a_changed_plan_still_ends_when_it_should() -> None:
    plan = Plan.ramp(10, 10, run_time_s=60)
    assert plan.changed(30, 20, 5).duration_s == 60
    assert plan.changed(59, 100, 1).duration_s == 60
    assert plan.changed(59, 100, 1).final == 11


@given(st.integers(0, 50), st.integers(0, 50), rates, st.integers(1, 4))
def test_the_turns_of_a_change_lead_to_its_end(before: int, after: int, rate: float, processes: int) -> None:
    plan = Plan.idle().changed(0, before, rate).changed(1000, after, rate)
    running: set[int] = set()
    for part in Part().split(processes):
        due = -1.0
        for at, user, starts_now in plan.turns(part):
            assert at >= due
            due = at
            (running.add if starts_now else running.remove)(user)
    assert running == set(range(after))
