"""Courses: named stages, what they make of levels and times, and the plans that have names."""

from __future__ import annotations

import math

import pytest

from loadcell.plan import Course, CourseStage
from loadcell.plan.named import NAMES, named

UP = CourseStage("ramp", 0, 10, 4)
HOLD = CourseStage("load", 10, 10, 6)


def test_rows_leave_out_what_takes_no_time() -> None:
    course = Course((CourseStage("ramp", 0, 5, 0), UP, CourseStage("load", 10, 10)))
    assert list(course.rows()) == [("ramp", 10, 0, 4), ("load", 10, 4, math.inf)]
    assert course.duration_s is None


def test_a_course_is_cut() -> None:
    assert Course((UP, HOLD)).cut(2) == Course((CourseStage("ramp", 0, 5, 2),))
    assert Course((UP, HOLD)).cut(20).duration_s == pytest.approx(10)


def test_a_change_ends_the_stages_and_keeps_the_end() -> None:
    changed = Course((UP, HOLD)).changed(5, 20, 10)
    assert list(changed.rows()) == [("ramp", 10, 0, 4), ("load", 10, 4, 5), ("ramp", 20, 5, 6), ("load", 20, 6, 10)]
    assert changed.plan().level(5.5) == 15


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("model", ["closed", "open"])
def test_a_plan_by_name_lasts_as_long_as_asked_and_never_jumps_without_saying(name: str, model: str) -> None:
    course = named(name, 40, model, 200)  # type: ignore[arg-type]
    assert course.duration_s == pytest.approx(200)
    highest = max(row.level for row in course.rows())
    assert highest == {"baseline": 4, "stress": 80}.get(name, 40)
    for before, after in zip(course.stages, course.stages[1:], strict=False):
        assert after.start == before.end
    assert named(name, 40, model).duration_s == pytest.approx(  # type: ignore[arg-type]
        {"smoke": 30, "baseline": 60, "load": 300, "stress": 480, "soak": 3600, "spike": 180, "breakpoint": 600}[name]
    )


def test_few_users_are_whole_ones_and_at_least_one() -> None:
    assert {row.level for row in named("baseline", 3, "closed").rows()} == {1}
    assert [row.level for row in named("baseline", 3, "open").rows()] == [pytest.approx(0.3)]
