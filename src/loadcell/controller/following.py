"""What a run tells those who follow it, beside what it shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from loadcell.controller.progress import Progress
from loadcell.messages import Event, Interval
from loadcell.monitors.reading import Batch
from loadcell.store import RunFacts, StoredStage

Tell = Callable[[Event], bool]
"""Puts an event into the run, from whatever thread; False if the run is over."""


class Follower(Protocol):
    """Gets all that a run measures, as it comes. Called in the run's event loop, so it must be quick; it raises nothing."""

    def began(self, facts: RunFacts, tell: Tell) -> None:
        """The run file is open, the load is about to begin."""

    def measured(self, interval: Interval) -> None:
        """One second, merged; each once."""

    def heard(self, batch: Batch) -> None:
        """What one monitor has read."""

    def felt(self, second: int, signals: Mapping[str, float]) -> None:
        """The signals of one second of the run, summed up."""

    def passed(self, stage: StoredStage) -> None:
        """A stage of the load that is over."""

    def went_on(self, progress: Progress) -> None:
        """How far the run is; about once a second, and once more at its end."""
