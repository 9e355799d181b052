"""Monitors that read for whoever asks now and then, and end when nobody does."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from loadcell.agent.standing import Standing
from loadcell.clock import SystemClock
from loadcell.errors import MonitorError
from loadcell.monitors.reading import Reading, Sight


class Counting:
    """Reads how often it was read; broken ones can't be opened."""

    def __init__(self, source: str = "host", *, broken: bool = False) -> None:
        self.source = source
        self.broken = broken
        self.reads = 0
        self.closed = False
        self.end = asyncio.Event()
        self.loop: asyncio.AbstractEventLoop | None = None

    def open(self) -> None:
        if self.broken:
            raise MonitorError("It is broken")

    def read(self, now: float) -> Iterable[Sight]:
        self.reads += 1
        return [Reading("host_cpu", float(self.reads))]

    def close(self) -> None:
        self.closed = True
        if self.loop is not None and not self.loop.is_closed():
            self.loop.call_soon_threadsafe(self.end.set)


def test_they_begin_with_the_first_question_and_end_after_the_last() -> None:
    made: list[Counting] = []

    def monitors() -> list[Counting]:
        made.append(Counting())
        made[-1].loop = asyncio.get_running_loop()
        return [made[-1]]

    async def story() -> None:
        standing = Standing(monitors, SystemClock(), kept_s=0.3)
        assert made == []
        async with asyncio.timeout(30):
            first = await standing.latest()
            assert first.readings["host"][0].value >= 2, "the second look has rates"
            assert first.signals == {"host_cpu": first.readings["host"][0].value}
            await asyncio.gather(standing.latest(), standing.latest())
            assert len(made) == 1, "one set for all who ask"
            await made[0].end.wait()
            await standing.latest()
            assert len(made) == 2
        await standing.stop()
        assert made[1].closed

    asyncio.run(story())


def test_a_look_says_what_works_and_what_does_not() -> None:
    monitors = [Counting(), Counting("postgres", broken=True)]

    async def story() -> None:
        fine, broken = await Standing(lambda: monitors, SystemClock()).look()
        assert fine.readings == [Reading("host_cpu", 1.0)]
        assert broken.trouble is not None
        assert broken.trouble.message == "It is broken"

    asyncio.run(story())
    assert all(monitor.closed for monitor in monitors), "nothing goes on"
