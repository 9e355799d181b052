"""Who takes which arrival, and which are dropped; time stands still until a test moves it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import gevent
import pytest
from gevent import get_hub
from gevent.event import Event
from gevent.pool import Group

from loadcell.clock import ManualClock
from loadcell.generator.arrivals import Dispatcher
from loadcell.plan import Arrivals, Part, Stage
from loadcell.scenario import User, task
from loadcell.scenario.events import Events, Unhandled
from loadcell.scenario.exceptions import StopUser


class Runtime:
    killed = gevent.GreenletExit

    def sleep(self, seconds: float) -> None:
        raise AssertionError("nobody waits for a wait time")


class Environment:
    runtime = Runtime()
    catch_exceptions = True

    def __init__(self) -> None:
        self.events = Events(Unhandled())


class World:
    """A dispatcher with users that do as they are told."""

    def __init__(self) -> None:
        self.clock = ManualClock(0.0)
        self.environment = Environment()
        self.group = Group()
        self.lateness: dict[Any, int] = {}
        self.done: list[tuple[str, float, int]] = []
        """(class, when, how late in µs) of each iteration, in the order of starts."""
        self.who: list[User] = []
        """Who took them."""
        self.busy = Event()
        self.busy.set()
        self.starting = Event()
        self.starting.set()
        self.classes: dict[str, type[User]] = {}
        self.dispatcher: Dispatcher
        self.refuse = False

    def user(self, name: str, weight: float = 1, act: Callable[[], None] = lambda: None) -> None:
        world = self

        def iterate(user: User) -> None:
            late = world.lateness.pop(gevent.getcurrent())
            world.who.append(user)
            world.done.append((name, world.clock.monotonic(), late))
            world.busy.wait()
            act()

        def on_start(user: User) -> None:
            world.starting.wait()

        self.classes[name] = type(name, (User,), {"weight": weight, "iterate": task(iterate), "on_start": on_start})

    def open(self, rate: float, max_users: int, *, seconds: float | None = None) -> None:
        arrivals = Arrivals((Stage(start=rate, end=rate, duration_s=seconds),))
        self.dispatcher = Dispatcher(
            arrivals,
            max_users,
            classes=self.classes,
            start=self.start,
            elapsed=self.clock.monotonic,
            lateness=self.lateness,
        )
        self.dispatcher.add(Part())

    def start(self, name: str) -> User | None:
        if self.refuse:
            return None
        user: Any = self.classes[name](self.environment)
        user._group = self.group
        user._greenlet = self.group.spawn(user.run)
        self.dispatcher.joined(user, user._greenlet, name)
        user._greenlet.rawlink(self.dispatcher.left)
        return user

    def go_to(self, seconds: float) -> None:
        """Let what is due until then be handed out when it is due."""
        while (due := self.dispatcher._timetable.next_due) is not None and due <= seconds:
            self.clock.advance(max(0.0, due - self.clock.monotonic()) + 1e-9)
            get_hub().loop.run_callback(self.dispatcher._dispatch)  # Where the alarm rings.
            self.settle()
        self.clock.advance(max(0.0, seconds - self.clock.monotonic()))

    def settle(self) -> None:
        for _ in range(20):
            gevent.sleep(0)

    def close(self) -> None:
        self.dispatcher.end()
        self.busy.set()
        self.starting.set()
        self.group.kill()


@pytest.fixture
def world() -> Iterator[World]:
    world = World()
    yield world
    world.close()


def counted(world: World) -> tuple[int, int, int]:
    starts = world.dispatcher.take()
    return starts.due, starts.started, starts.dropped


def test_one_quick_user_is_enough(world: World) -> None:
    world.user("A")
    world.open(10, 5)
    world.go_to(1)
    assert counted(world) == (10, 10, 0)
    assert [when for _, when, _ in world.done] == pytest.approx([0.05 + n / 10 for n in range(10)])
    assert [late for _, _, late in world.done] == [0] * 10
    assert len(world.group) == 1


def test_the_pool_grows_while_users_are_busy_and_drops_when_it_is_full(world: World) -> None:
    world.user("A")
    world.open(10, 3)
    world.busy.clear()
    world.go_to(1)
    assert counted(world) == (10, 3, 7)
    world.busy.set()
    world.settle()
    world.busy.clear()
    world.go_to(1.5)
    assert counted(world) == (5, 3, 2)
    assert len(world.group) == 3


def test_arrivals_wait_for_users_on_their_way_and_the_oldest_goes_first(world: World) -> None:
    world.user("A")
    world.open(10, 2)
    world.starting.clear()
    world.go_to(0.5)
    assert world.done == []
    world.starting.set()
    world.settle()
    # Five were due, 50 ms after each half gap; two users take them one after the other.
    assert counted(world) == (5, 5, 0)
    assert [late for _, _, late in world.done] == pytest.approx([450_000, 350_000, 250_000, 150_000, 50_000], abs=1)


def test_users_that_can_not_be_made_drop_what_waits_for_them(world: World) -> None:
    world.user("A")
    world.open(10, 2)
    world.refuse = True
    world.go_to(0.5)
    assert counted(world) == (5, 0, 5)
    world.refuse = False
    world.go_to(1)
    assert counted(world) == (5, 5, 0)


def test_users_that_end_make_room(world: World) -> None:
    def stop() -> None:
        raise StopUser

    world.user("A", act=stop)
    world.open(10, 1)
    world.go_to(1)
    assert counted(world) == (10, 10, 0)


def test_a_slow_class_gets_its_share_all_the_same(world: World) -> None:
    wait = Event()
    world.user("slow", act=wait.wait)
    world.user("quick", weight=3)
    world.open(20, 50)
    world.go_to(2)
    names = [name for name, _, _ in world.done]
    assert (names.count("slow"), names.count("quick")) == (10, 30)
    wait.set()


def test_an_idle_user_of_another_class_makes_room(world: World) -> None:
    world.user("A")
    world.user("B")
    world.open(10, 1)
    world.go_to(1)
    assert counted(world) == (10, 10, 0)
    assert len(world.group) == 1


def test_idle_users_take_turns(world: World) -> None:
    world.user("A")
    world.open(10, 3)
    world.busy.clear()
    world.go_to(0.3)
    world.busy.set()
    world.settle()
    world.who.clear()
    world.go_to(0.9)
    assert len(set(world.who[:3])) == 3
    assert world.who[3:] == world.who[:3]


def test_what_waits_when_the_load_ends_is_dropped(world: World) -> None:
    world.user("A")
    world.open(10, 2)
    world.starting.clear()
    world.go_to(0.5)
    world.clock.advance(0.2)
    world.dispatcher.end()
    # Two more were due by then, which the alarm had not been able to tell of.
    assert counted(world) == (7, 0, 7)


def test_a_part_taken_over_brings_its_share_of_the_pool(world: World) -> None:
    world.user("A")
    world.open(20, 4)
    dispatcher = world.dispatcher
    dispatcher._limit, dispatcher._timetable = 0, type(dispatcher._timetable)(Arrivals((Stage(start=20, end=20),)))
    dispatcher.add(Part(0, 2))
    world.go_to(1)
    assert counted(world)[0] == 10
    dispatcher.take_over(
        Part(1, 2),
        0.5,
    )
    assert dispatcher._limit == 4
    # Those due from the loss until now nobody could start.
    assert counted(world) == (5, 0, 5)
    world.go_to(2)
    assert counted(world) == (20, 20, 0)


def test_a_change_of_the_rate(world: World) -> None:
    world.user("A")
    world.open(10, 5)
    world.go_to(1)
    world.dispatcher.change(Arrivals((Stage(start=10, end=10),)).changed(1, 40, 1e9))
    world.go_to(2)
    assert counted(world) == (50, 50, 0)
