"""A run's figures, gathered in its event loop and asked for from other threads."""

from __future__ import annotations

import platform
import threading
from collections.abc import Mapping
from importlib.metadata import version

from loadcell.clock import Clock
from loadcell.controller.following import Tell
from loadcell.controller.progress import Progress
from loadcell.exports.families import Family, Sample
from loadcell.exports.run_figures import RunFigures
from loadcell.exports.server_figures import ServerFigures
from loadcell.messages import Event, Interval
from loadcell.monitors.reading import Batch
from loadcell.store import RunFacts, StoredStage


class Feed:
    """A follower of a run that knows its figures as families."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._run = RunFigures()
        self._server = ServerFigures()
        self._tell: Tell | None = None
        self.run_id = ""
        self.begun = threading.Event()
        """Set when the load is about to begin."""

    def families(self) -> list[Family]:
        """All that is known now; from any thread."""
        with self._lock:
            return [build_info(), *self._run.families(), *self._server.families(self._clock.monotonic())]

    def tell(self, event: Event) -> bool:
        """Put an event into the run; False if there is none to take it. From any thread."""
        return self._tell is not None and self._tell(event)

    def began(self, facts: RunFacts, tell: Tell) -> None:
        with self._lock:
            self._run.begin(facts)
            self._tell, self.run_id = tell, facts.id
        self.begun.set()

    def measured(self, interval: Interval) -> None:
        with self._lock:
            self._run.add(interval)

    def heard(self, batch: Batch) -> None:
        with self._lock:
            self._server.add(batch, self._clock.monotonic())

    def passed(self, stage: StoredStage) -> None:
        pass

    def felt(self, second: int, signals: Mapping[str, float]) -> None:
        with self._lock:
            self._server.sum_up(signals, self._clock.monotonic())

    def went_on(self, progress: Progress) -> None:
        with self._lock:
            self._run.update(progress)


def build_info() -> Family:
    """Which Loadcell this is."""
    about = {"version": version("loadcell"), "python": platform.python_version()}
    return Family("build", "info", "The program", (Sample(1, about),))
