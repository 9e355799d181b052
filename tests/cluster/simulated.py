"""Machines that are not there: stations that say what real ones would, and send figures that were made before the run."""

from __future__ import annotations

import asyncio
import math
import random
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from loadcell.clock import Clock, SystemClock
from loadcell.histogram import Histogram
from loadcell.messages import Begin, Begun, EntryCounts, Go, Health, Interval, Quit, Ready, Stop, Stopped
from loadcell.nodes.fleet import Fleet
from loadcell.nodes.mail import Convey, Deploy, Halt, Letterbox, orders_of
from loadcell.nodes.news import Collected, Exited, ProcessExit, Reported
from loadcell.nodes.node import Node
from loadcell.nodes.parcel import Parcel
from loadcell.nodes.pool import Machine, OnOutput, Tell
from loadcell.nodes.spread import SpreadPool

KINDS = 20
"""How many different sets of figures there are; each machine has one of them."""


spent_s = [0.0]
"""What the simulation itself has cost of this process's time, where it is not little."""


@contextmanager
def measured() -> Iterator[None]:
    """Count what is done meanwhile as the simulation's."""
    begun = time.thread_time()
    yield
    spent_s[0] += time.thread_time() - begun


class Figures:
    """What machines report in a second."""

    def __init__(self, entries: int, per_entry: int, seed: int = 1) -> None:
        """`per_entry` requests of each of so many entries."""
        rng = random.Random(seed)
        self.requests = entries * per_entry
        self.kinds = [[_counts(rng, n, per_entry) for n in range(entries)] for _ in range(KINDS)]


def _counts(rng: random.Random, number: int, requests: int) -> EntryCounts:
    times = [int(rng.lognormvariate(math.log(20_000), 0.5)) for _ in range(requests)]
    made = Histogram()
    made.record_all(times)
    return EntryCounts(
        "GET",
        f"/items/{number}",
        requests=requests,
        total_us=sum(times),
        min_us=min(times),
        max_us=max(times),
        received=100 * requests,
        ok=made.to_bytes(),
    )


class SimulatedContact:
    """One machine. Once it was told to go, it delivers a second's figures after each second."""

    def __init__(self, number: int, processes: int, figures: Figures, clock: Clock, until_s: float) -> None:
        facts = {"cores": processes, "python": "3.11", "versions": {}}
        self.machine = Machine(name=f"node{number + 1}", processes=processes, descriptors=1 << 20, facts=facts)
        self._entries = figures.kinds[number % KINDS]
        self._clock = clock
        self._until_s = until_s
        self._letters = Letterbox()
        self._written = asyncio.Event()
        self._generators: list[str] = []
        self._going: asyncio.Task[None] | None = None
        self._done = 0

    async def now(self) -> float:
        return self._clock.monotonic()

    async def open(self, opening: str, charge: bytes) -> None:
        pass

    async def park(self, opening: str) -> None:
        pass

    async def order(self, opening: str, number: int, body: bytes, heard_at: float) -> None:
        if number <= self._done:
            return
        self._done = number
        for order in orders_of(body):
            match order:
                case Deploy(load):
                    self._generators.append(load.generator)
                    ready = Ready(1, "locustfile.py", ["Visitor"], load.host or "", "3.11", {})
                    self._say(Reported(load.generator, ready))
                case Convey(generator, Begin()):
                    self._say(Reported(generator, Begun()))
                case Convey(generator, Go() as go):
                    if self._going is None:
                        self._going = asyncio.create_task(self._go_on(go.start_at))
                case Convey(generator, Stop()):
                    if self._going is not None:
                        self._going.cancel()
                    self._say(Reported(generator, Stopped()))
                case Convey(generator, Quit()) | Halt(generator):
                    self._say(Exited(generator, 1, ProcessExit(0)))
        self._written.set()

    async def hear(self, opening: str, after: int, heard_at: float) -> bytes:
        self._letters.confirm(after)
        if not self._letters:
            self._written.clear()
            try:
                async with asyncio.timeout(0.5):
                    await self._written.wait()
            except TimeoutError:
                pass
        with measured():
            return self._letters.bag(self._clock.monotonic())

    async def close(self) -> str:
        return ""

    def _say(self, letter: Reported | Collected | Exited) -> None:
        self._letters.put(letter)

    async def _go_on(self, start_at: float) -> None:
        users = {"Visitor": len(self._generators)}
        health = {name: Health(cpu=50.0, lag_ms=1.0, memory_mb=80.0, users=1) for name in self._generators}
        for second in range(int(self._until_s)):
            await asyncio.sleep(start_at + second + 1 - self._clock.monotonic())
            figures = Interval(
                second, float(second), second + 1.0, len(self._generators), users, self._entries, health=health
            )
            with measured():
                self._say(Collected(figures))
            self._written.set()


class SimulatedCluster:
    """So many machines, kept in touch with from a thread of their own, as those of a real cluster."""

    def __init__(self, machines: int, processes: int, figures: Figures, until_s: float) -> None:
        clock = SystemClock()
        self._contacts = [SimulatedContact(n, processes, figures, clock, until_s) for n in range(machines)]
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True, name="fleet")
        self._thread.start()

    def look(self, sent: Parcel) -> None:
        pass

    @property
    def machines(self) -> Sequence[Machine]:
        return [contact.machine for contact in self._contacts]

    def pool(self, tell: Tell, *, on_output: OnOutput, clock: Clock) -> SpreadPool:
        def make_fleet(tell: Tell, on_output: OnOutput) -> Fleet:
            return Fleet(self._contacts, b"", tell, on_output=on_output, clock=clock)

        def make_lead(tell: Tell) -> Node:
            return Node(tell, on_output=on_output, clock=clock)

        return SpreadPool(make_lead, make_fleet, self._loop, tell, on_output)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
