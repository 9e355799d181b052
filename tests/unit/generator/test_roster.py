"""The roster: users in the order in which they are due, each exactly once, taken-over ones as well."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadcell.generator.roster import Roster
from loadcell.plan import Part, Plan, Stage


def drain(roster: Roster) -> list[tuple[float, int]]:
    found = []
    while (due := roster.next_due()) is not None:
        found.append((due, roster.pop()))
    return found


def roster_of(plan: Plan, *parts: Part) -> Roster:
    roster = Roster(plan)
    for part in parts:
        roster.add(part)
    return roster


@given(st.integers(1, 60), st.integers(1, 4))
def test_the_users_of_all_processes_are_the_population(users: int, processes: int) -> None:
    plan = Plan.ramp(users, 10)
    found = [start for part in Part().split(processes) for start in drain(roster_of(plan, part))]
    assert sorted(found) == [(plan.start_of(n), n) for n in range(users)]


def test_several_parts_are_merged_in_the_order_of_time() -> None:
    found = drain(roster_of(Plan.ramp(9, 3), Part(2, 3), Part(0, 3)))
    assert [n for _, n in found] == [0, 2, 3, 5, 6, 8]
    assert [due for due, _ in found] == sorted(due for due, _ in found)


def test_a_part_without_users() -> None:
    roster = roster_of(Plan.ramp(2, 10), Part(3, 4))
    assert roster.next_due() is None


def test_users_who_are_due_at_once_are_in_the_order_of_their_numbers() -> None:
    plan = Plan((Stage(start=4, end=4),))
    assert [n for _, n in drain(roster_of(plan, Part(1, 2), Part(0, 2)))] == [0, 1, 2, 3]


def test_taken_over_users_come_after_the_loss_at_the_pace_of_the_plan() -> None:
    roster = roster_of(Plan.ramp(6, 2), Part(0, 2))
    assert [roster.pop() for _ in range(3)] == [0, 2, 4]
    roster.take_over(Part(1, 2), Part(1, 2), 10.0)
    assert drain(roster) == [(10.0, 1), (pytest.approx(10.5), 3), (pytest.approx(11.0), 5)]


def test_users_who_were_not_yet_due_at_the_loss_keep_their_time() -> None:
    roster = Roster(Plan.ramp(10, 1))
    roster.take_over(Part(1, 2), Part(1, 2), 2.0)
    assert drain(roster) == [(2.0, 1), (3.0, 3), (5.0, 5), (7.0, 7), (9.0, 9)]
