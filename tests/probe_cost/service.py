"""A service that switches its probe on and off, so that both can be compared within one process: machines drift."""

import asyncio
import gc
import os
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI

from loadcell_probe import watchdog
from loadcell_probe.memory import Memory
from loadcell_probe.middleware import Probed
from loadcell_probe.patches import Patches
from loadcell_probe.worker import Worker

SETTLING = 0.01  # seconds

Stretch = tuple[int, float, float]  # requests, CPU seconds of the process, wall seconds


class Switch:
    """An ASGI application that is either the service's or the probe's around it."""

    def __init__(self, bare: Any, worker: Worker) -> None:
        self.requests = 0
        self.probed = False
        self.pairs: list[tuple[Stretch, Stretch]] = []  # without, with
        self._worker = worker
        self._apps = {False: bare, True: Probed(bare, worker)}
        self._target = bare

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.requests += 1
        await self._target(scope, receive, send)

    def turn(self, probed: bool) -> None:
        if probed and not self.probed:
            self._worker.counters.requests.begun = False
            self._worker.begin()
        elif self.probed and not probed:
            self._worker.close()
        self.probed = probed
        self._target = self._apps[probed]

    async def measure(self, pairs: int, seconds: float) -> None:
        self.pairs = []
        while len(self.pairs) < pairs:
            first = random.random() < 0.5
            stretches = {probed: await self._stretch(probed, seconds) for probed in (first, not first)}
            self.pairs.append((stretches[False], stretches[True]))
        self.turn(True)

    async def _stretch(self, probed: bool, seconds: float) -> Stretch:
        self.turn(probed)
        await asyncio.sleep(SETTLING)  # threads start and end
        before = self.requests, time.process_time(), time.perf_counter()
        await asyncio.sleep(seconds)
        return self.requests - before[0], time.process_time() - before[1], time.perf_counter() - before[2]


def compute(seconds: float) -> None:
    """Use this much CPU time in Python."""
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


def create_app() -> Switch:
    """Return the service; LOADCELL_PROBE_DIR names the directory of its socket."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        switch.turn(True)
        yield

    bare = FastAPI(lifespan=lifespan)
    worker = Worker(os.environ["LOADCELL_PROBE_DIR"])
    Patches(worker.counters).start()
    switch = Switch(bare, worker)
    running: list[asyncio.Task[None]] = []
    memory = Memory()

    @bare.get("/empty")
    async def empty() -> dict[str, bool]:
        return {"ok": True}

    @bare.get("/work")
    async def work() -> dict[str, bool]:
        compute(0.001)
        return {"ok": True}

    @bare.get("/sleep")
    async def sleep() -> dict[str, bool]:
        time.sleep(0.5)  # noqa: ASYNC251
        return {"ok": True}

    @bare.get("/compute")
    async def compute_long() -> dict[str, bool]:
        compute(0.5)
        return {"ok": True}

    @bare.get("/hold")
    async def hold() -> int:
        return sum(range(20_000_000))  # in C from its beginning to its end: no other thread runs meanwhile

    @bare.post("/measure")
    async def measure(pairs: int, seconds: float) -> dict[str, bool]:
        running[:] = [asyncio.create_task(switch.measure(pairs, seconds))]
        return {"ok": True}

    @bare.post("/turn")
    async def turn(probed: bool) -> dict[str, bool]:
        switch.turn(probed)
        return {"ok": True}

    @bare.post("/look")
    async def look(every: float) -> dict[str, bool]:
        watchdog.INTERVAL_WHEN_COMPUTING = every
        return {"ok": True}

    @bare.post("/memory")
    async def used() -> dict[str, int | None]:
        gc.collect()  # garbage that waits for its collection would look like growth
        return {"requests": switch.requests, "bytes": memory.malloc_bytes()}

    @bare.get("/pairs")
    async def pairs() -> dict[str, Any]:
        return {"done": running[0].done(), "pairs": switch.pairs}

    return switch
