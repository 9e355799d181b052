"""The open model as the controller sees it: what the generators are told, and what the run file gets."""

from __future__ import annotations

from typing import Any

from loadcell.controller.actions import Finish, LoadRequested, Tick, UsersRequested, WriteEvent, WriteStage
from loadcell.messages import Assign, Begun, Change, ChangeRate, Go, Quit, Stop, Wish
from loadcell.nodes.news import ProcessExit
from loadcell.plan import Course, CourseStage, Plan
from tests.unit.controller.test_state import KILLED, Story, ready

COURSE = Course((CourseStage("ramp", 0, 20, 4), CourseStage("load", 20, 20, 6)), "open")


def story(generators: int = 1, course: Course = COURSE, **more: Any) -> Story:
    return Story(generators, Plan.ramp(0, 1), course=course, arrivals=course.arrivals(), max_users=50, **more)


def stages(story: Story) -> list[tuple[Any, ...]]:
    written = [action.stage for action in story.new if isinstance(action, WriteStage)]
    return [(stage.phase, stage.rate, round(stage.start_s, 2), round(stage.end_s, 2)) for stage in written]


def test_the_generators_are_told_of_arrivals_and_pool() -> None:
    go = story(2).running().sent(Go)
    assert {command.arrivals for command in go.values()} == {COURSE.arrivals()}
    assert {command.max_users for command in go.values()} == {50}


def test_each_stage_is_written_when_it_is_over_and_the_end_of_the_course_ends_the_run() -> None:
    told = story().running()
    assert told.state.due() == told.state.start_at + 4
    assert stages(told.after(4)) == [("ramp", 20, 0, 4)]
    assert stages(told.after(1)) == []
    told.after(5)
    assert stages(told) == [("load", 20, 4, 10)]
    assert told.sent(Stop)


def test_whoever_steers_changes_the_rate_a_moment_ahead_for_all_alike() -> None:
    told = story(2).running().after(5)
    told.happens(LoadRequested(50, 10))
    sent = told.sent(ChangeRate)
    assert set(sent) == {"1", "2", "lead"}
    (arrivals,) = {command.arrivals for command in sent.values()}
    assert arrivals.level(5) == 20
    assert arrivals.level(8.5) == 50
    assert arrivals.duration_s == 10
    assert told.events() == ["load_changed"]
    assert stages(told) == [("load", 20, 4, 5.05)]
    assert stages(told.after(3.1)) == [("ramp", 50, 5.05, 8.05)]


def test_keys_add_to_the_rate_that_is_aimed_at() -> None:
    told = story().running().after(1)
    told.happens(UsersRequested(+10))
    assert told.sent(ChangeRate)["1"].arrivals.aim(5) == 30
    told.happens(UsersRequested(-100))
    assert told.sent(ChangeRate)["1"].arrivals.aim(9) == 0
    assert told.sent(Change) == {}


def test_in_the_closed_model_whoever_steers_changes_the_users() -> None:
    told = Story(1, Plan.ramp(4, 4)).running().happens(LoadRequested(9, 3))
    assert told.sent(Change)["1"].plan.final == 9


def test_what_the_scenario_wishes_has_no_effect_and_is_said() -> None:
    told = story().running().tell("1", Wish(50, 5))
    assert told.sent(Change) == told.sent(ChangeRate) == {}
    (event,) = (action.event for action in told.new if isinstance(action, WriteEvent))
    assert (event.kind, event.level) == ("users_unchanged", "warning")


def test_a_shape_and_a_course_are_too_many() -> None:
    told = story().tell("1", ready(shape="Stairs"))
    assert list(told.sent(Quit)) == ["1"]
    told.exits("1", ProcessExit(2))
    (finish,) = (action for action in told.new if isinstance(action, Finish))
    assert finish.error is not None
    assert finish.error.exit_code == 2
    assert "Stairs" in str(finish.error)


def test_a_generator_in_the_place_of_a_lost_one_goes_by_the_rate_in_force() -> None:
    told = story().running().after(2).happens(LoadRequested(40, 100)).exits("1", KILLED)
    told.tell("2", ready())
    told.after(0.5)
    told.tell("2", Begun())
    go = told.sent(Go)["2"]
    assert (go.parts, go.arrivals.aim(5)) == ([], 40)
    assert set(told.sent(Assign)) == {"2"}


def test_the_progress_tells_the_rate_of_the_moment() -> None:
    told = story().running().after(2)
    assert told.state.progress().rate == 10
    assert told.state.progress().state == "spawning"
    told.happens(Tick()).after(3)
    assert told.state.progress().rate == 20
    assert told.state.progress().state == "running"
