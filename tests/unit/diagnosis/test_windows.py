"""Which seconds are compared: of a plain run, of one with stages, of an assessment, of one too short."""

from __future__ import annotations

from loadcell.diagnosis.windows import Window, windows_of
from loadcell.store import StoredStage


def stage(phase: str, users: float, start_s: float, end_s: float) -> StoredStage:
    return StoredStage(phase=phase, users=users, start_s=start_s, end_s=end_s)


def test_a_plain_run_is_compared_with_its_own_first_seconds() -> None:
    users = {second: min(20, second + 1) for second in range(40)}
    found = windows_of([], users, end_s=40.0)
    assert found.low == Window("first seconds", 0, 2, 2)
    assert found.highs == (Window("load", 20, 40, 20),)


def test_a_run_that_starts_at_once_has_no_low_load() -> None:
    assert windows_of([], dict.fromkeys(range(20), 50), end_s=20.0).low is None


def test_a_run_of_two_users_has_a_high_load_only() -> None:
    found = windows_of([], dict.fromkeys(range(20), 2), end_s=20.0)
    assert found.low is None
    assert found.highs == (Window("load", 1, 20, 2),)


def test_what_comes_after_the_stop_is_not_looked_at() -> None:
    users = dict.fromkeys(range(20), 5) | {20: 3, 21: 1}
    assert windows_of([], users, end_s=20.0).highs[0].last == 20


def test_of_a_load_that_only_rises_its_end_counts() -> None:
    found = windows_of([], {second: second + 1 for second in range(30)}, end_s=30.0)
    assert found.highs == (Window("ramp", 20, 30, 30),)
    rising = windows_of([stage("ramp", 30, 0, 30)], {second: second + 1 for second in range(30)}, end_s=30.0)
    assert rising.highs == (Window("ramp", 20, 30, 30),)


def test_an_assessment_is_judged_just_above_its_capacity() -> None:
    stages = [
        stage("baseline", 1, 0, 6), stage("load", 10, 8, 12), stage("load", 20, 13, 17), stage("search", 15, 18, 26),
        stage("load", 8, 27, 30), stage("stress", 30, 30, 38), stage("stress", 60, 38, 46), stage("recovery", 8, 46, 60),
        stage("baseline", 1, 61, 67),
    ]  # fmt: skip
    found = windows_of(stages, {}, end_s=67.0, capacity=15.0)
    assert found.low == Window("baseline", 0, 6, 1)
    expected = [("stress", 30, 31), ("stress", 60, 39), ("load", 20, 14)]
    assert [(one.phase, one.users, one.first) for one in found.highs] == expected
    without = windows_of(stages[:3], {}, end_s=17.0)
    assert [(one.phase, one.users) for one in without.highs] == [("load", 20)]


def test_of_a_plan_the_last_stage_with_the_most_load_counts() -> None:
    stages = [stage("ramp", 50, 0, 10), stage("load", 50, 10, 30), stage("load", 100, 30, 50), stage("ramp", 0, 50, 60)]
    found = windows_of(stages, {second: 5 * (second + 1) for second in range(60)}, end_s=60.0)
    assert found.highs == (Window("load", 31, 50, 100),)


def test_too_short_a_load_is_not_judged() -> None:
    assert windows_of([], dict.fromkeys(range(3), 5), end_s=3.0).highs == ()
    assert windows_of([], {}, end_s=0.0).highs == ()


def test_halves_cover_the_whole() -> None:
    first, second = Window("load", 3, 10, 5).halves()
    assert (first.first, first.last, second.first, second.last) == (3, 6, 6, 10)
