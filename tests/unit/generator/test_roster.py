"""The roster: users in the order in which they are due, each exactly once, taken-over ones as well."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from loadcell.generator.roster import Roster
from loadcell.plan import Part, Plan, Stage


def drain(roster: Roster) -> list[tuple[float, int]]:
    found = []
    while (due := roster.next_due()) is not None:
        turn = roster.pop()
        assert turn.due_s == due
        assert turn.starts
        found.append((due, turn.user))
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
    assert [roster.pop().user for _ in range(3)] == [0, 2, 4]
    roster.take_over(Part(1, 2), Part(1, 2), 10.0)
    assert drain(roster) == [(10.0, 1), (pytest.approx(10.5), 3), (pytest.approx(11.0), 5)]


def test_users_who_were_not_yet_due_at_the_loss_keep_their_time() -> None:
    roster = Roster(Plan.ramp(10, 1))
    roster.take_over(Part(1, 2), Part(1, 2), 2.0)
    assert drain(roster) == [(2.0, 1), (3.0, 3), (5.0, 5), (7.0, 7), (9.0, 9)]


def turns(roster: Roster) -> list[tuple[float, int, bool]]:
    found = []
    while roster.next_due() is not None:
        turn = roster.pop()
        found.append((pytest.approx(turn.due_s), turn.user, turn.starts))
    return found


def test_a_change_goes_on_from_where_the_plan_was() -> None:
    plan = Plan.ramp(10, 2)
    roster = roster_of(plan, Part())
    assert [roster.pop().user for _ in range(4)] == [0, 1, 2, 3]
    roster.change(plan.changed(1.75, 6, 1), 1.75)
    assert turns(roster) == [(2.25, 4, True), (3.25, 5, True)]


def test_a_change_downwards_stops_the_last_ones_first() -> None:
    plan = Plan.ramp(4, 100)
    roster = roster_of(plan, Part(1, 2))
    assert [roster.pop().user for _ in range(2)] == [1, 3]
    roster.change(plan.changed(5, 1, 1), 5)
    assert turns(roster) == [(6, 3, False), (8, 1, False)]


def test_what_was_overdue_when_the_plan_changed_is_still_done() -> None:
    plan = Plan.ramp(3, 1)
    roster = roster_of(plan, Part())
    roster.change(plan.changed(2.5, 5, 1), 2.5)
    assert turns(roster) == [(0, 0, True), (1, 1, True), (2, 2, True), (3, 3, True), (4, 4, True)]


@example(changes=[(2, 1.0, 1.0), (0, 1.0, 1.0)], processes=1)
@given(
    st.lists(st.tuples(st.integers(0, 30), st.floats(0.5, 50), st.floats(0.1, 5)), min_size=1, max_size=6), st.integers(1, 3)
)
def test_whatever_the_changes_the_processes_together_carry_what_the_plan_asks_for(
    changes: list[tuple[int, float, float]], processes: int
) -> None:
    plan = Plan.idle()
    rosters = [roster_of(plan, part) for part in Part().split(processes)]
    running: set[int] = set()
    at = 0.0
    for users, rate, pause in changes:
        plan = plan.changed(at, users, rate)
        for roster in rosters:
            roster.change(plan, at)
        at += pause
        for roster in rosters:
            while (due := roster.next_due()) is not None and due <= at:
                turn = roster.pop()
                (running.add if turn.starts else running.discard)(turn.user)
        # At the very moment of a turn, rounding decides whether it is over.
        assert plan.target(at - 1e-6) in range(len(running) - 1, len(running) + 2)
    for roster in rosters:
        while roster.next_due() is not None:
            turn = roster.pop()
            (running.add if turn.starts else running.discard)(turn.user)
    assert running == set(range(changes[-1][0]))
