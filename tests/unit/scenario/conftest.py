"""A world for users without greenlets: sleeping is written down, and does what a test scripted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from loadcell.clock import ManualClock
from loadcell.scenario import User
from loadcell.scenario.events import Events, Unhandled


class FakeRuntime:
    """Time passes at once. `during` runs inside every sleep; the user is killed in its 50th, should a test run on."""

    # Stands for gevent's GreenletExit: an exception that no `except Exception` catches.
    killed = GeneratorExit

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.naps: list[float] = []
        self.during: Callable[[], None] = lambda: None

    def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.clock.advance(seconds)
        if len(self.naps) == 50:
            raise self.killed
        self.during()

    def http_session(self, user: Any) -> Any:
        return ("session", user)

    def fast_http_session(self, user: Any) -> Any:
        return ("fast session", user)


class FakeEnvironment:
    """The part of Locust's Environment that users need, and a list in which tests write what happens."""

    def __init__(self) -> None:
        self.runtime = FakeRuntime()
        self.events = Events(Unhandled())
        self.catch_exceptions = True
        self.trace: list[Any] = []
        self.user_errors: list[BaseException] = []
        self.events.user_error.add_listener(lambda user_instance, exception, tb: self.user_errors.append(exception))


@pytest.fixture
def environment() -> FakeEnvironment:
    return FakeEnvironment()


@pytest.fixture
def trace(environment: FakeEnvironment) -> list[Any]:
    return environment.trace


@pytest.fixture
def traced(trace: list[Any]) -> type[User]:
    """A base class whose users write down when they start, wait (1 s) and stop."""

    class Traced(User):
        abstract = True

        def on_start(self) -> None:
            trace.append("start")

        def wait_time(self) -> float:
            trace.append("wait")
            return 1

        def on_stop(self) -> None:
            trace.append("stop")

    return Traced
