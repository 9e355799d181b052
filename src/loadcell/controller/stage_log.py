"""Which stages of a course are over, for the run file; pure."""

from __future__ import annotations

from loadcell.plan import Course
from loadcell.plan.course import Row
from loadcell.store import StoredStage


class StageLog:
    """Tells each stage once, when it is over."""

    def __init__(self, course: Course | None) -> None:
        """None: a run whose stages someone else tells, or that has none."""
        self.course = course
        """With what has changed it."""
        self._ended = False
        self._told_s = 0.0
        """Up to when stages were told."""

    def next_end_s(self) -> float | None:
        """When the stage under way ends, in s after the start; None where none does."""
        return min((row.end_s for row in self._rows() if row.end_s < float("inf")), default=None)

    def take(self, elapsed_s: float) -> list[StoredStage]:
        """The stages that have ended `elapsed_s` s after the start."""
        over = [row for row in self._rows() if row.end_s <= elapsed_s]
        return [self._told(row.phase, row.level, row.start_s, row.end_s) for row in over]

    def end(self, ended_s: float) -> list[StoredStage]:
        """The stages that the end of the run ends."""
        found = self.take(ended_s)
        for row in self._rows():
            if row.start_s < ended_s < row.end_s:
                found.append(self._told(row.phase, row.level, row.start_s, ended_s))
        self._ended = True
        return found

    def change(self, at_s: float, level: float, pace: float) -> list[StoredStage]:
        """From `at_s` on the load goes to another level: the stages that this ends."""
        if self.course is None:
            return []
        changed = self.course.changed(at_s, level, pace)
        self.course = self.course.cut(at_s)
        found = self.take(at_s)
        self.course = changed
        return found

    def _rows(self) -> list[Row]:
        return [] if self.course is None or self._ended else [row for row in self.course.rows() if row.end_s > self._told_s]

    def _told(self, phase: str, level: float, start_s: float, end_s: float) -> StoredStage:
        assert self.course is not None
        self._told_s = end_s
        is_open = self.course.model == "open"
        users, rate = (None, level) if is_open else (level, None)
        return StoredStage(phase=phase, users=users, rate=rate, start_s=start_s, end_s=end_s)
