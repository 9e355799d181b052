"""All users of all processes are started: told to everyone once, and never too early."""

from __future__ import annotations

import pytest

from loadcell.clock import ManualClock
from loadcell.controller.actions import RunFileOpened, Send, StopRequested, WriteEvent
from loadcell.controller.state import RunState
from loadcell.messages import Begun, Event, Load, Ready, Spawned, Stopped, Stopping
from loadcell.nodes.news import Exited, ProcessExit, Reported
from loadcell.plan import Plan

READY = Ready(1, "shop.py", [], "", "3.11", {})


class Scene:
    """A run of two generators and a lead that is under way."""

    def __init__(self) -> None:
        loads = [Load(name, role, 0, 2, "run", "shop.py") for name, role in (("1", "generator"), ("2", "generator"))]
        loads.append(Load("lead", "lead", -1, 2, "run", "shop.py"))
        self.state = RunState(loads, Plan.ramp(10, 10), clock=ManualClock())
        self.state.begin()
        for name in ("1", "2", "lead"):
            self.state.handle(Reported(name, READY))
        for name in ("lead", "1", "2"):
            self.state.handle(Reported(name, Begun()))
        self.state.handle(RunFileOpened())

    def complete(self, name: str, users: int, parts: int = 1) -> tuple[list[tuple[str, int]], list[Event]]:
        """Who is told how many users there are, and the events written, after one has started all its users."""
        event = Event("spawning_complete", "", data={"users": {"A": users}, "parts": parts})
        actions = self.state.handle(Reported(name, event))
        told = [(each.generator, sum(each.command.users_by_class.values())) for each in actions if _sends(each, Spawned)]
        return told, [each.event for each in actions if isinstance(each, WriteEvent)]

    def lose(self, name: str) -> None:
        self.state.handle(Exited(name, 1, ProcessExit(-9)))


def _sends(action: object, kind: type) -> bool:
    return isinstance(action, Send) and isinstance(action.command, kind)


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_everyone_is_told_when_the_last_one_is_done_the_lead_first(scene: Scene) -> None:
    assert scene.complete("1", 5) == ([], [])
    told, (event,) = scene.complete("2", 5)
    assert told == [("lead", 10), ("1", 10), ("2", 10)]
    assert (event.kind, event.text, event.data) == ("spawning_complete", "10 users started", {"users": 10})
    assert scene.complete("2", 5) == ([], [])


def test_a_word_that_is_older_than_what_was_taken_over_does_not_count(scene: Scene) -> None:
    scene.complete("1", 5)
    scene.lose("2")
    assert scene.complete("1", 5, parts=1) == ([], [])
    told, (event,) = scene.complete("1", 10, parts=2)
    assert told == [("lead", 10), ("1", 10)]
    assert event.data == {"users": 10}


def test_a_loss_afterwards_is_no_second_spawning(scene: Scene) -> None:
    scene.complete("1", 5)
    scene.complete("2", 5)
    scene.lose("2")
    assert scene.complete("1", 10, parts=2) == ([], [])


def test_not_in_a_run_that_is_being_stopped(scene: Scene) -> None:
    scene.complete("1", 5)
    actions = scene.state.handle(StopRequested())
    assert [each.generator for each in actions if _sends(each, Stopping)] == ["lead"]
    assert scene.complete("2", 5) == ([], [])


def test_an_exit_code_that_is_chosen_last_of_all_wins(scene: Scene) -> None:
    scene.state.handle(StopRequested())
    scene.state.handle(Reported("1", Stopped(2)))
    assert scene.state.verdict().exit_code == 2
    scene.state.handle(Reported("2", Stopped()))
    scene.state.handle(Reported("lead", Stopped(5)))
    assert scene.state.verdict().exit_code == 5
    scene.state.handle(Reported("lead", Event("exit_code", "", data={"exit_code": 6})))
    assert scene.state.verdict().exit_code == 6
