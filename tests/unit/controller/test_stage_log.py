"""Which stages are told when."""

from __future__ import annotations

from loadcell.controller.stage_log import StageLog
from loadcell.plan import Course, CourseStage

COURSE = Course((CourseStage("ramp", 0, 10, 4), CourseStage("load", 10, 10, 6)), "open")


def told(stages: list[object]) -> list[tuple[object, ...]]:
    return [(s.phase, s.rate, s.users, s.start_s, s.end_s) for s in stages]  # type: ignore[attr-defined]


def test_each_stage_once_when_it_is_over() -> None:
    log = StageLog(COURSE)
    assert log.take(3.9) == []
    assert told([*log.take(4.1)]) == [("ramp", 10, None, 0, 4)]
    assert log.take(5) == []
    assert log.next_end_s() == 10
    assert told([*log.end(10)]) == [("load", 10, None, 4, 10)]
    assert log.end(10) == log.take(20) == []


def test_an_early_end_ends_the_stage_under_way() -> None:
    log = StageLog(COURSE)
    assert told([*log.end(4.5)]) == [("ramp", 10, None, 0, 4), ("load", 10, None, 4, 4.5)]


def test_a_change_ends_the_stage_under_way_and_begins_others() -> None:
    log = StageLog(COURSE)
    assert told([*log.change(5, 30, 20)]) == [("ramp", 10, None, 0, 4), ("load", 10, None, 4, 5)]
    assert told([*log.take(6)]) == [("ramp", 30, None, 5, 6)]
    assert told([*log.end(8)]) == [("load", 30, None, 6, 8)]


def test_a_run_without_stages_tells_none() -> None:
    log = StageLog(None)
    assert log.take(100) == log.change(1, 2, 3) == log.end(100) == []
    assert log.next_end_s() is None
