"""Garbage collections of the interpreter: how many, and how long everything stood still."""

from __future__ import annotations

import gc
from time import monotonic_ns, thread_time_ns
from typing import Any

from loadcell_probe.recent import Recent

LONG = 1_000_000  # ns; what is shorter is in the sum alone
FULL = 2  # the generation whose collections take long


class Garbage:
    """Times collections, of which a busy service has thousands a second. Times in ns.

    Full ones are told in CPU time: while one is under way on a busy machine, the core may be another's for longer than it
    takes. For the many short ones that would cost more than it tells.
    """

    def __init__(self) -> None:
        self.time = 0
        self.recent = Recent()
        self._since = 0

    @property
    def collections(self) -> list[int]:
        """How many there were of each generation since the interpreter's start."""
        return [generation["collections"] for generation in gc.get_stats()]

    def start(self) -> None:
        """Begin to count."""
        gc.callbacks.append(self._collected)

    def stop(self) -> None:
        """Count no more."""
        if self._collected in gc.callbacks:
            gc.callbacks.remove(self._collected)

    def _collected(self, phase: str, info: dict[str, Any]) -> None:
        now = thread_time_ns() if info["generation"] == FULL else monotonic_ns()
        if phase == "start":
            self._since = now
        elif self._since:
            pause = now - self._since
            self._since = 0
            self.time += pause
            if pause > LONG:
                self.recent.add(monotonic_ns(), pause)
