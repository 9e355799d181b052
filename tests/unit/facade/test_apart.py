"""A run in a thread of its own."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from loadcell.controller.run import Outcome, Run
from loadcell.errors import GeneratorLost
from loadcell.facade.apart import carried_out

OUTCOME = Outcome("a", Path("a.loadcell"), 0, [])


@pytest.fixture(autouse=True)
def listening() -> Iterator[None]:
    """Ctrl-C is heard: a shell that puts pytest into the background has it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def _interrupt() -> None:
    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)


class Scripted:
    """Takes the place of a run: ends when it is stopped so often, or fails."""

    def __init__(self, stops: int, error: Exception | None = None) -> None:
        self._left = stops
        self._error = error
        self._over = asyncio.Event()
        self.asked: list[str] = []

    def stop(self) -> None:
        self._asked("stop")

    def stop_now(self) -> None:
        self._asked("stop now")

    def _asked(self, what: str) -> None:
        self.asked.append(what)
        self._left -= 1
        if self._left:
            _interrupt()  # the user is not patient
        else:
            self._over.set()

    async def run(self) -> Outcome:
        if self._error is not None:
            raise self._error
        if self._left:
            _interrupt()
            await self._over.wait()
        return OUTCOME


def test_it_runs_beside_a_loop_that_is_running() -> None:
    async def in_a_notebook() -> Outcome:
        return carried_out(lambda: cast(Run, Scripted(0)))

    assert asyncio.run(in_a_notebook()) is OUTCOME


def test_what_it_raises_is_raised_here() -> None:
    with pytest.raises(GeneratorLost, match="gone"):
        carried_out(lambda: cast(Run, Scripted(0, GeneratorLost("gone"))))


@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_ends_it_in_good_order_and_again_at_once(times: int) -> None:
    made: list[Scripted] = []

    def make() -> Run:
        made.append(Scripted(times))
        return cast(Run, made[0])

    with pytest.raises(KeyboardInterrupt):
        carried_out(make)
    assert made[0].asked == ["stop", "stop now"][:times]
