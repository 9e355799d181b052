"""Whether the generators of a run were its limit, from its intervals; pure. The rules are in `loadcell.validity`."""

from __future__ import annotations

from loadcell.messages import Interval
from loadcell.validity import Exhaustion, Strain, shortfall


class Validity:
    """Watches the generators of a run. The strain of its ramp only counts if nothing follows."""

    def __init__(self) -> None:
        self._ramp = Strain()
        self._after: Strain | None = None
        self._exhaustion = Exhaustion()
        self._connected = False
        self._due = self._dropped = 0

    def add(self, interval: Interval, *, ramp: bool) -> None:
        """Take in one second."""
        if not ramp and self._after is None:
            self._after = Strain()
        strain = self._ramp if ramp or self._after is None else self._after
        for name, health in interval.health.items():
            strain.second(name, health.cpu, health.lag_ms)
        if interval.starts is not None and not ramp:
            self._due += interval.starts.due
            self._dropped += interval.starts.dropped
        for error in interval.errors:
            self._exhaustion.error(error.error, error.occurrences)
        succeeded = any(counts.requests > counts.failures for counts in interval.entries)
        self._connected = self._connected or interval.connections > 0 or succeeded

    def reasons(self) -> list[str]:
        """Why the run is invalid, one sentence each; none where it is valid."""
        return (self._after or self._ramp).reasons() + self._exhaustion.reasons(connected=self._connected)

    def shortfall(self) -> list[str]:
        """Why less load was offered than was asked for, one sentence each."""
        return shortfall(self._due, self._dropped)
