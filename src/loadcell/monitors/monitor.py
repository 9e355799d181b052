"""What every source of readings can do, and how one that fails is borne: told once, tried again, never in another's way."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from typing import Protocol

from loadcell.clock import Clock
from loadcell.errors import LoadcellError, MonitorError
from loadcell.monitors.reading import Batch, Fact, Reading, Sight, Trouble, Unseen
from loadcell.text import masked, one_line

_LONGEST_PAUSE_S = 8.0


class Monitor(Protocol):
    """A source of readings. It is used by one thread at a time; after an error it is closed and opened again."""

    @property
    def source(self) -> str:
        """What it reads, in a word or two."""

    def open(self) -> None:
        """Get ready. MonitorError with one sentence and a hint if that can't be."""

    def read(self, now: float) -> Iterable[Sight]:
        """What is to be seen at `now` (s, monotonic). Rates need two readings, so the first has none. MonitorError."""

    def close(self) -> None:
        """Give everything back; also after a failure, and more than once."""


class Watched:
    """A monitor and how it fares."""

    def __init__(self, monitor: Monitor, clock: Clock) -> None:
        self._monitor = monitor
        self._clock = clock
        self._open = False
        self._told: Trouble | None = None
        self._seen: set[Fact | Unseen] = set()
        self._next_try = 0.0
        self._pause_s = 1.0

    @property
    def source(self) -> str:
        return self._monitor.source

    def read(self, at: float) -> Batch:
        """Look at the source at the second `at`, unless it has failed a moment ago. Raises nothing."""
        batch = Batch(self.source, at)
        if at < self._next_try:
            return batch
        began = self._clock.monotonic()
        try:
            if not self._open:
                self._monitor.open()
                self._open = True
            self._sort(self._monitor.read(self._clock.monotonic()), batch)
        except Exception as error:
            # Whatever it is: the load goes on.
            batch.readings.clear()
            batch.trouble = None
            self._failed(error, at, batch)
        else:
            self._pause_s = 1.0
            if self._told is not None:
                batch.trouble = batch.trouble or Trouble(f"{self.source} can be read again", over=True)
                self._told = None
        batch.took_ms = (self._clock.monotonic() - began) * 1000
        return batch

    def close(self) -> None:
        """Give back what the monitor holds. Raises nothing."""
        self._open = False
        with contextlib.suppress(Exception):
            self._monitor.close()

    def _sort(self, sights: Iterable[Sight], batch: Batch) -> None:
        for sight in sights:
            if isinstance(sight, Reading):
                batch.readings.append(sight)
            elif isinstance(sight, Trouble):
                batch.trouble = sight
            elif sight not in self._seen:
                self._seen.add(sight)
                if isinstance(sight, Fact):
                    batch.facts.append(sight)
                else:
                    batch.unseen.append(sight)

    def _failed(self, error: Exception, at: float, batch: Batch) -> None:
        self.close()
        self._next_try = at + self._pause_s
        self._pause_s = min(2 * self._pause_s, _LONGEST_PAUSE_S)
        trouble = _trouble(self.source, error)
        # Only the first of a row: the next tries often fail in another way, and say nothing new.
        if self._told is None:
            self._told = batch.trouble = trouble


def _trouble(source: str, error: Exception) -> Trouble:
    if isinstance(error, MonitorError):
        return Trouble(one_line(masked(error.message)), one_line(error.hint))
    text = error.message if isinstance(error, LoadcellError) else str(error)
    return Trouble(one_line(masked(f"{source} can't be read ({type(error).__name__}: {text})")))
