"""Garbage collections of the interpreter: how many, and how long everything stood still."""

from __future__ import annotations

import gc
from time import monotonic_ns
from typing import Any

from loadcell_probe.recent import Recent


class Garbage:
    """Counts collections by generation. Times in ns."""

    def __init__(self) -> None:
        self.collections: list[int] = [0, 0, 0]
        self.time = 0
        self.recent = Recent()
        self._since = 0

    def start(self) -> None:
        """Begin to count."""
        gc.callbacks.append(self._collected)

    def stop(self) -> None:
        """Count no more."""
        if self._collected in gc.callbacks:
            gc.callbacks.remove(self._collected)

    def _collected(self, phase: str, info: dict[str, Any]) -> None:
        now = monotonic_ns()
        if phase == "start":
            self._since = now
        elif self._since:
            pause = now - self._since
            self._since = 0
            self.time += pause
            self.collections[min(info["generation"], 2)] += 1
            self.recent.add(now, pause)
