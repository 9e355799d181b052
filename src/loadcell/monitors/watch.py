"""Reads all sources once a second, each in a thread of its own, so that a slow one delays no other."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Sequence
from queue import SimpleQueue

from loadcell.clock import Clock
from loadcell.monitors.monitor import Monitor, Watched
from loadcell.monitors.reading import Batch, Trouble

_OVERDUE = 5
"""So many seconds without an answer are told of."""


def boundary_after(origin: float, period_s: float, now: float) -> float:
    """The first of the moments `origin` + n × `period_s` that is later than `now`; pure.

    >>> boundary_after(100.25, 1.0, 103.9)
    104.25
    """
    return origin + (math.floor((now - origin) / period_s) + 1) * period_s


class Watch:
    """The sources of a run."""

    def __init__(
        self, monitors: Sequence[Monitor], on_batch: Callable[[Batch], None], clock: Clock, *, period_s: float = 1.0
    ) -> None:
        """`on_batch` is called in threads of the sources, never by two at a time, with each batch that says something."""
        self._clock = clock
        self._period_s = period_s
        self._on_batch = on_batch
        self._telling = threading.Lock()
        self._stop = threading.Event()
        self._sources = [_Source(Watched(monitor, clock), self._tell, _OVERDUE * period_s) for monitor in monitors]
        self._thread = threading.Thread(target=self._keep_time, name="watch", daemon=True)
        self._origin = 0.0

    def start(self, origin: float | None = None) -> None:
        """Read at every second after `origin` (s, monotonic), such as the run's start; as from now when absent.

        The first reading comes at once: what a source can't do should be known before the load begins.
        """
        self._origin = self._clock.monotonic() if origin is None else origin
        for source in self._sources:
            source.start()
            source.ask(self._clock.monotonic())
        self._thread.start()

    def stop(self, patience_s: float = 5.0) -> None:
        """End all reading and give everything back. A source that does not answer within the patience is left behind."""
        self._stop.set()
        deadline = time.monotonic() + patience_s
        if self._thread.is_alive():
            self._thread.join()
        for source in self._sources:
            source.end()
        for source in self._sources:
            source.join(max(deadline - time.monotonic(), 0.0))

    def _keep_time(self) -> None:
        while True:
            now = self._clock.monotonic()
            boundary = boundary_after(self._origin, self._period_s, now)
            if self._stop.wait(boundary - now):
                return
            for source in self._sources:
                source.ask(boundary)

    def _tell(self, batch: Batch) -> None:
        if batch.says_something:
            with self._telling:
                self._on_batch(batch)


class _Source:
    """One source and its thread."""

    def __init__(self, watched: Watched, tell: Callable[[Batch], None], overdue_s: float) -> None:
        self._watched = watched
        self._tell = tell
        self._overdue_s = overdue_s
        self._asked: SimpleQueue[float | None] = SimpleQueue()
        self._waiting_since: float | None = None
        self._overdue = False
        self._thread = threading.Thread(target=self._run, name=f"monitor {watched.source}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def ask(self, at: float) -> None:
        """Have it read for the second `at`, unless it is still busy with one before; then that second is left out."""
        since = self._waiting_since
        if since is None:
            self._waiting_since = at
            self._asked.put(at)
        elif at - since >= self._overdue_s and not self._overdue:
            self._overdue = True
            message = f"{self._watched.source} has not answered for {at - since:.0f} s"
            self._tell(Batch(self._watched.source, at, trouble=Trouble(message, "The load goes on without it.")))

    def end(self) -> None:
        self._asked.put(None)

    def join(self, patience_s: float) -> None:
        if self._thread.is_alive():
            self._thread.join(patience_s)

    def _run(self) -> None:
        try:
            while (at := self._asked.get()) is not None:
                batch = self._watched.read(at)
                if self._overdue:
                    self._overdue = False
                    batch.trouble = batch.trouble or Trouble(f"{self._watched.source} answers again", over=True)
                self._waiting_since = None
                self._tell(batch)
        finally:
            self._watched.close()
