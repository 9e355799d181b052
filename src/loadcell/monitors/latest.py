"""The latest value of each signal, for whoever asks at some moment rather than listens."""

from __future__ import annotations

import threading

from loadcell.monitors.reading import Batch, Reading
from loadcell.monitors.signals import Growth, summed


class Latest:
    """Takes in the batches of all sources; may be asked by another thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._batches: dict[str, Batch] = {}
        self._growth = Growth()
        self._growing: float | None = None

    def add(self, batch: Batch) -> None:
        """Take a batch in: it takes the place of the source's last one, also where it has no more than a trouble."""
        with self._lock:
            self._batches[batch.source] = batch
            memory = {each.of: each.value for each in batch.readings if each.signal == "worker_memory"}
            if memory:
                self._growing = self._growth.update(batch.at, memory)

    def readings(self, since: float = float("-inf")) -> dict[str, list[Reading]]:
        """What each source has last read, if that was after `since` (s, monotonic)."""
        with self._lock:
            return {source: list(batch.readings) for source, batch in self._batches.items() if batch.at > since}

    def signals(self, since: float = float("-inf")) -> dict[str, float]:
        """The same summed up to the few signals that a result shows."""
        found = summed(reading for readings in self.readings(since).values() for reading in readings)
        if self._growing is not None and "memory" in found:
            found["memory_growth"] = self._growing
        return found
