"""Looks at something several times between two readings, in a thread of its own."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable

_SHARE = 0.02
"""How much of a core looking may cost; what costs more is looked at less often."""


class Sampler:
    """Calls `look` every `period_s`, on average: uneven pauses, so that nothing regular hides between the looks."""

    def __init__(self, look: Callable[[], None], period_s: float, name: str) -> None:
        self._look = look
        self._period_s = period_s
        self._stop = threading.Event()
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def check(self) -> None:
        """Raise what a look has raised since the last check."""
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure

    def stop(self, patience_s: float = 5.0) -> None:
        """End the thread after the look under way."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(patience_s)

    def _run(self) -> None:
        chance = random.Random()
        pause_s = 0.0
        while not self._stop.wait(pause_s * chance.uniform(0.5, 1.5)):
            began = time.thread_time()
            try:
                self._look()
            except Exception as error:
                self._failure = error
            pause_s = max(self._period_s, (time.thread_time() - began) / _SHARE)
