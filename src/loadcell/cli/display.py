"""How a run is shown while it lasts: as plain lines, as a live picture, or not at all."""

from __future__ import annotations

import sys
from typing import Protocol, TextIO

from loadcell.cli.speech import write_line
from loadcell.config import RunConfig, duration_text
from loadcell.controller.assessment.pilot import Position
from loadcell.controller.progress import Progress
from loadcell.controller.window import Figures, Starts, Window

PLAIN_EVERY_S = 2.0


class Display(Protocol):
    """What a run is shown on."""

    def show(self, progress: Progress) -> None:
        """Show how far the run is; called about once a second."""

    def say(self, line: str) -> None:
        """A line that stays: a log line, an event, a message."""

    def output(self, line: str) -> None:
        """A line that the scenario printed to stdout."""

    def close(self) -> None:
        """Leave the terminal as it was."""


class Lines:
    """Lines on stderr: figures every 2 s unless `quiet`."""

    def __init__(self, config: RunConfig, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self._users = config.users if config.course is None else 0
        self._window = Window()
        self._due_s = PLAIN_EVERY_S
        self._printed = printed_to(config)

    def show(self, progress: Progress) -> None:
        """A line, when one is due."""
        if progress.interval is None or self._quiet or progress.state == "stopped":
            return
        self._window.add(progress.interval)
        if progress.elapsed_s >= self._due_s:
            self._due_s = progress.elapsed_s + PLAIN_EVERY_S - 0.5
            self.say(figures_line(progress, self._window, self._users))

    def say(self, line: str) -> None:
        """One line to stderr."""
        write_line(sys.stderr, line)

    def output(self, line: str) -> None:
        """One line to stdout."""
        write_line(self._printed, line)

    def close(self) -> None:
        """Nothing to put away."""


def printed_to(config: RunConfig) -> TextIO:
    """Where the scenario's stdout goes: not to stdout when a document does."""
    return sys.stderr if config.json_list else sys.stdout


def users_text(progress: Progress, wanted: int) -> tuple[str, str]:
    """How many users there are, of how many or on the way to how few they should be; and the noun that follows."""
    if progress.rate is not None:
        return f"{progress.users:,}", "user" if progress.users == 1 else "users"
    target = progress.target_users or wanted
    if progress.users == target:
        return f"{target:,}", "user" if target == 1 else "users"
    return f"{progress.users:,} {'of' if progress.users < target else '→'} {target:,}", "users"


def figures_line(progress: Progress, window: Window, wanted: int) -> str:
    """Where the run is, as one line; rates and times over the window."""
    now, totals = window.total(), progress.totals
    if progress.position is not None:
        return assessment_line(progress, progress.position, now)
    share = totals.failures / totals.requests if totals.requests else 0.0
    starts = window.starts(totals.starts)
    iterations = f"  {starts_text(starts, progress.rate)}" if starts else ""
    return (
        f"{duration_text(progress.elapsed_s):>7}  {' '.join(users_text(progress, wanted))}"
        f"{iterations}  {totals.requests:>9,} requests  {now.rps:>9,.1f}/s  {totals.failures:,} failed ({share:.2%})"
        f"  p50 {milliseconds(now.p50)}  p95 {milliseconds(now.p95)}  p99 {milliseconds(now.p99)} ms"
    )


def assessment_line(progress: Progress, position: Position, now: Figures) -> str:
    """Where an assessment is, as one line; rates and times over the window."""
    known = f"  capacity {position.capacity}" if position.capacity else ""
    return (
        f"{duration_text(int(progress.elapsed_s)):>7}  {position.phase:<8}  {position.doing:<14}{now.rps:>9,.1f} requests/s"
        f"  p95 {milliseconds(now.p95)} ms  {left_text(position)}{known}"
    )


def left_text(position: Position) -> str:
    """How long an assessment will take yet, as exactly as one can say."""
    return f"about {duration_text(max(10, 10 * round(position.left_s / 10)))} left"


def starts_text(starts: Starts, wanted: float | None) -> str:
    """How iterations start: their rate, of the rate that is wanted, and what is amiss."""
    rate = f"{starts.per_s:,.1f}" if wanted is None else f"{starts.per_s:,.1f} of {wanted:,.1f}"
    late = "" if starts.late_p99_ms is None else f", {milliseconds(starts.late_p99_ms)} ms late (p99)"
    return f"{rate} iterations/s{late}, {starts.dropped:,} dropped"


def milliseconds(value: float | None) -> str:
    """A response time with as many digits as one reads at a glance."""
    if value is None:
        return "–"
    return f"{value:.1f}" if value < 10 else f"{value:,.0f}"
