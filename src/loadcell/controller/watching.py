"""The service under watch: what monitors say in their threads, brought into the event loop and onto the run's clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TypeVar

from loadcell.agent.access import Access
from loadcell.agent.link import Link, Met
from loadcell.clock import Clock
from loadcell.messages import Event
from loadcell.monitors.monitor import Monitor
from loadcell.monitors.reading import Batch
from loadcell.monitors.signals import Seconds
from loadcell.monitors.watch import Watch
from loadcell.store import StoredReading, StoredSight

LATE_S = 1.5
"""How long a second's readings are waited for: a source may take its time."""
_PATIENCE_S = 1.0

T = TypeVar("T")


class Watching:
    """The sources of one run, from its start at `start_at` (monotonic) on."""

    def __init__(self, start_at: float, clock: Clock, on_batch: Callable[[Batch], None]) -> None:
        """`on_batch` is called in the event loop that this is made in."""
        self._loop = asyncio.get_running_loop()
        self._on_batch = on_batch
        self._start_at = start_at
        self._clock = clock
        self._seconds = Seconds()
        self._sources: list[Watch | Link] = []

    def watch(self, monitors: Sequence[Monitor]) -> None:
        """Read these from now on."""
        watch = Watch(monitors, self._tell, self._clock)
        self._sources.append(watch)
        watch.start(self._start_at)

    def follow(self, agents: Sequence[str], access: Access, on_met: Callable[[Met], None]) -> None:
        """Have agents read at other machines; `on_met` is called in the event loop, each time that one was reached."""
        for url in agents:
            link = Link(
                url,
                access,
                self._clock,
                on_batch=self._tell,
                on_met=lambda met: self._soon(on_met, met),
                alone=len(agents) == 1,
            )
            self._sources.append(link)
            link.start(self._start_at)

    def _tell(self, batch: Batch) -> None:
        self._soon(self._heard, batch)

    def _soon(self, call: Callable[[T], None], what: T) -> None:
        with suppress(RuntimeError):  # The loop has ended.
            self._loop.call_soon_threadsafe(call, what)

    def _heard(self, batch: Batch) -> None:
        self._seconds.add(batch)
        self._on_batch(batch)

    def seconds(self, *, all_of_them: bool = False) -> list[tuple[int, dict[str, float]]]:
        """The signals of each second of the run that is complete, and was not given before."""
        before = float("inf") if all_of_them else self._clock.monotonic() - LATE_S
        found = []
        for at, signals in self._seconds.take(before):
            # What is read at the end of a second tells of that second.
            second = round(at - self._start_at) - 1
            if second >= 0 and signals:
                found.append((second, signals))
        return found

    async def stop(self) -> None:
        """End all reading; what was read until then has been told."""
        await asyncio.gather(*(asyncio.to_thread(source.stop, _PATIENCE_S) for source in self._sources))
        await asyncio.sleep(0)


def readings_of(batch: Batch, start_at: float) -> list[StoredReading]:
    """The numbers of a batch, as the run file keeps them."""
    at_s = round(batch.at - start_at, 3)
    return [StoredReading(at_s, batch.source, one.signal, one.value, one.unit, one.of) for one in batch.readings]


def sights_of(batch: Batch, start_at: float) -> list[StoredSight]:
    """The rest of what it has seen, or could not see."""
    at_s = round(batch.at - start_at, 3)
    facts = [StoredSight(at_s, batch.source, "fact", one.name, one.text, one.of) for one in batch.facts]
    return facts + [StoredSight(at_s, batch.source, "unseen", one.what, one.remedy) for one in batch.unseen]


def unseen_of(batch: Batch, at_s: float) -> list[Event]:
    """What a source can't see, and how it could."""
    data = {"source": batch.source}
    return [Event("monitor_unseen", f"Not seen: {one.what}. {one.remedy}", at_s, data=data) for one in batch.unseen]


def trouble_of(batch: Batch, at_s: float) -> Event | None:
    """That a source can't be read, or can again."""
    trouble = batch.trouble
    if trouble is None:
        return None
    if trouble.over:
        return Event("monitor_back", trouble.message, at_s)
    text = f"{trouble.message.rstrip('.')}. {trouble.hint}".strip() if trouble.hint else trouble.message
    return Event("monitor_failed", text, at_s, "warning", {"source": batch.source})
