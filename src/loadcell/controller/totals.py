"""What a run has measured so far, added up second by second."""

from __future__ import annotations

from collections import Counter

from loadcell.merge import TotalsByEntry, merge_starts
from loadcell.messages import MAX_ERRORS, OTHER_ERRORS, Interval, Starts


class RunTotals:
    """Running totals of a run; `entries` holds live EntryTotal objects by (method, name)."""

    def __init__(self) -> None:
        self.entries = TotalsByEntry()
        self.errors: Counter[str] = Counter()
        """Occurrences by error text, over all entries; beyond the most that are kept apart, together."""
        self.exceptions = 0
        self.connections = 0
        """Connections that were opened with success."""
        self.starts: Starts | None = None
        """How iterations started so far, in the open model."""
        self._ends_s = self._answered_s = 0.0

    def clear(self) -> None:
        """Begin anew; that there were connections stays known."""
        self.entries.clear()
        self.errors.clear()
        self.exceptions = 0
        self.starts = None

    def add(self, interval: Interval) -> None:
        """Add one second."""
        self.entries.add(interval.entries)
        for error in interval.errors:
            known = error.error in self.errors or len(self.errors) < MAX_ERRORS
            self.errors[error.error if known else OTHER_ERRORS] += error.occurrences
        self.exceptions += sum(exception.occurrences for exception in interval.exceptions)
        self.connections += interval.connections
        self.starts = merge_starts((self.starts, interval.starts))
        self._ends_s = max(self._ends_s, interval.end_s)
        if any(entry.requests for entry in interval.entries):
            self._answered_s = self._ends_s

    @property
    def silent_s(self) -> float:
        """For how many seconds before the end no request has ended."""
        return self._ends_s - self._answered_s

    @property
    def interrupted(self) -> int:
        """Requests that were under way when their users were stopped."""
        return sum(entry.interrupted for entry in self.entries.values())

    @property
    def requests(self) -> int:
        """Requests of all entries, failed ones included."""
        return sum(entry.requests for entry in self.entries.values())

    @property
    def failures(self) -> int:
        """Failed requests of all entries."""
        return sum(entry.failures for entry in self.entries.values())
