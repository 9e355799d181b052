"""The monitors behind /latest: they read as long as somebody asks now and then."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial

from loadcell.agent.protocol import Latest as Document
from loadcell.clock import Clock
from loadcell.monitors.latest import Latest
from loadcell.monitors.monitor import Monitor, Watched
from loadcell.monitors.reading import Batch
from loadcell.monitors.watch import Watch

_KEPT_S = 90.0
"""So long after the last question they go on: whoever scrapes once a minute gets rates of the second before."""
_FRESH_S = 5.0
_PATIENCE_S = 2.5
"""How long the first question waits for rates; a source that fails says nothing for a while."""
_END_S = 1.0


class Standing:
    """One set of monitors for all who ask."""

    def __init__(self, monitors: Callable[[], Sequence[Monitor]], clock: Clock, kept_s: float = _KEPT_S) -> None:
        self._monitors = monitors
        self._kept_s = kept_s
        self._clock = clock
        self._watch: Watch | None = None
        self._latest = Latest()
        self._asked_at = 0.0
        self._ending: asyncio.TimerHandle | None = None
        self._starting = asyncio.Lock()

    async def look(self) -> list[Batch]:
        """One look at each source, without rates."""
        now = self._clock.monotonic()

        def look(monitor: Monitor) -> Batch:
            watched = Watched(monitor, self._clock)
            try:
                return watched.read(now)
            finally:
                watched.close()

        looks = (asyncio.to_thread(look, monitor) for monitor in self._monitors())
        return list(await asyncio.gather(*looks))

    async def latest(self) -> Document:
        """The latest of each source that has answered within the last seconds; rates are there from the second look on."""
        async with self._starting:
            if self._watch is None:
                await self._begin()
        self._keep()
        since = self._clock.monotonic() - _FRESH_S
        return Document(self._latest.readings(since), self._latest.signals(since))

    async def stop(self) -> None:
        """End all reading."""
        if self._ending is not None:
            self._ending.cancel()
        watch, self._watch = self._watch, None
        if watch is not None:
            await asyncio.to_thread(partial(watch.stop, _END_S))

    async def _begin(self) -> None:
        """Start, and wait until there are rates."""
        self._latest = Latest()
        monitors = self._monitors()
        self._watch = Watch(monitors, self._latest.add, self._clock)
        self._watch.start()
        began = self._clock.monotonic()
        while self._clock.monotonic() < began + _PATIENCE_S:
            await asyncio.sleep(0.1)
            if len(self._latest.readings(began + 0.5)) == len(monitors):
                return

    def _keep(self) -> None:
        """Go on for a while."""
        if self._ending is not None:
            self._ending.cancel()
        loop = asyncio.get_running_loop()
        self._ending = loop.call_later(self._kept_s, lambda: loop.create_task(self.stop()))
