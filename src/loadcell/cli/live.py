"""The live picture of a run in a terminal."""

from __future__ import annotations

import sys
import termios
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from loadcell.cli.display import left_text, milliseconds, printed_to, starts_text, users_text
from loadcell.cli.keys import owns_terminal
from loadcell.cli.speech import write_line
from loadcell.config import RunConfig, duration_text
from loadcell.controller.window import SECONDS, Figures, Window
from loadcell.text import masked, one_line

if TYPE_CHECKING:
    from loadcell.controller.progress import Progress

_STATES = {"starting": "yellow", "spawning": "cyan", "running": "green", "stopping": "yellow", "stopped": "dim"}
_FIXED_LINES = 7
"""Lines around the rows of entries: header, empty line, heading, rule, sum, empty line, and one to spare."""
_MOST_ERRORS = 3
_LOCAL_MODES = 3
"""Where tcgetattr has them."""
_WIDEST = 120
"""How far figures may be from the names they belong to."""
_SPREAD = 100
"""From this width on the columns stand further apart."""
_UNSHOWN = (OSError, UnicodeError)
"""What a terminal that went away, or that lacks a character, must not do to the run."""
_COLUMNS = (("requests", 9), ("failed", 6), ("req/s", 7), ("p50", 5), ("p95", 5), ("p99", 5), ("max ms", 6))
"""With the least width of each, so that the table stands still while the figures grow."""


class LivePicture:
    """A header and a table that stay in place; lines that are said appear above them."""

    def __init__(self, config: RunConfig, console: Console | None = None) -> None:
        self._config = config
        self._console = console or Console(stderr=True, highlight=False)
        self._window = Window()
        self._live = Live(
            console=self._console, auto_refresh=False, transient=True, redirect_stdout=False, redirect_stderr=False
        )
        self._silent = _SilentKeys()
        self._live.start()
        self._live.update(Text(" starting: the scenario is being loaded", style="dim"), refresh=True)

    def show(self, progress: Progress) -> None:
        """Draw the picture anew."""
        if progress.interval is not None:
            self._window.add(progress.interval)
        with suppress(*_UNSHOWN):
            self._live.update(self.picture(progress), refresh=True)

    def say(self, line: str) -> None:
        """A line above the picture, as it is."""
        with suppress(*_UNSHOWN):
            self._console.print(Text.from_ansi(line), soft_wrap=True)

    def output(self, line: str) -> None:
        """What the scenario printed: above the picture, or wherever stdout was sent."""
        stream = printed_to(self._config)
        if stream.isatty():
            self.say(line)
        else:
            write_line(stream, line)

    def close(self) -> None:
        """Wipe the picture off."""
        self._live.stop()
        self._silent.close()

    def picture(self, progress: Progress) -> Group:
        """Everything there is to see, no higher than the terminal."""
        now = self._window.total()
        errors = progress.totals.errors.most_common(_MOST_ERRORS)
        room = max(1, self._console.height - _FIXED_LINES - (len(errors) + 1 if errors else 0))
        parts: list[Text | Table] = [self._header(progress), self._figures(progress, now), Text()]
        if progress.totals.entries:
            parts.append(self._table(progress, now, room))
        if errors:
            parts.append(Text())
        for error, times in errors:
            parts.append(Text(f" {times:,} × {one_line(error)}", style="red", no_wrap=True, overflow="ellipsis"))
        return Group(*parts)

    @property
    def _width(self) -> int:
        return min(self._console.width, _WIDEST)

    def _header(self, progress: Progress) -> Table:
        course = self._config.course
        run_time = self._config.run_time_s if course is None else course.duration_s
        elapsed = duration_text(int(progress.elapsed_s))
        grid = Table.grid(padding=(0, 1))
        grid.width = self._width
        grid.add_column(no_wrap=True)
        grid.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
        grid.add_column(no_wrap=True, justify="right")
        state = Text(f" ● {progress.state}", style=f"bold {_STATES[progress.state]}")
        host = Text(one_line(masked(self._config.host or self._config.scenario)), style="bold")
        if position := progress.position:
            state = Text(f" ● {position.phase}", style=f"bold {_STATES[progress.state]}")
            known = f"  capacity {position.capacity}" if position.capacity else ""
            host.append(f"  {position.doing}{known}", style="not bold cyan")
            grid.add_row(state, host, Text(f"{elapsed}, {left_text(position)} "))
        elif run_time is None:
            grid.add_row(state, host, Text(f"{elapsed} "))
        else:
            grid.add_column(width=20)
            bar = ProgressBar(total=run_time, completed=min(run_time, progress.elapsed_s), width=20)
            grid.add_row(state, host, Text(f"{elapsed} of {duration_text(run_time)}"), bar)
        return grid

    def _figures(self, progress: Progress, now: Figures) -> Text:
        totals = progress.totals
        share = totals.failures / totals.requests if totals.requests else 0.0
        users, noun = users_text(progress, self._config.users if self._config.course is None else 0)
        starts = self._window.starts(totals.starts)
        iterations = (
            [] if starts is None else [(f"   {starts_text(starts, progress.rate)}", "bold" if starts.dropped else "")]
        )
        return Text.assemble(
            *iterations, (f"   {users}", "bold"), (f" {noun}   ", "dim"),
            (f"{now.rps:,.0f}", "bold"), (" requests/s   ", "dim"),
            (f"{totals.requests:,}", "bold"), (" requests   ", "dim"),
            (f"{share:.2%}", "bold red" if totals.failures else "bold"), (" failed", "dim"),
            no_wrap=True, overflow="ellipsis",
        )  # fmt: skip

    def _table(self, progress: Progress, now: Figures, room: int) -> Table:
        entries = progress.totals.entries
        busiest = self._window.busiest()
        keys = busiest + sorted(set(entries) - set(busiest))
        if len(keys) > room:
            keys = keys[: room - 1]
        gap = 2 if self._width >= _SPREAD else 1
        table = Table(box=None, width=self._width, padding=(0, gap, 0, 0), pad_edge=False, show_footer=True)
        title = Text(f" times and req/s: last {SECONDS} s", style="dim")
        table.add_column(title, Text(" all", style="bold"), no_wrap=True, ratio=1, overflow="ellipsis")
        sums = [*_counts(progress.totals.requests, progress.totals.failures), *_times(now)]
        for (name, width), sum_ in zip(_COLUMNS, sums, strict=True):
            sum_.stylize("bold")
            table.add_column(Text(name, style="dim"), sum_, justify="right", no_wrap=True, min_width=width)
        for key in keys:
            total = entries[key]
            method, name = one_line(key[0]), one_line(masked(key[1]))
            entry = Text.assemble((f" {method} ", "dim"), name) if method else Text(f" {name}")
            table.add_row(entry, *_counts(total.requests, total.failures), *_times(self._window.entry(key)))
        if len(keys) < len(entries):
            table.add_row(Text(f" and {len(entries) - len(keys):,} more", style="dim"))
        return table


class _SilentKeys:
    """A terminal that does not write ^C where the cursor is: it would push the picture out of its place."""

    def __init__(self) -> None:
        self._before: list[Any] | None = None
        if owns_terminal():
            self._before = termios.tcgetattr(sys.stdin)
            changed = list(self._before)
            changed[_LOCAL_MODES] &= ~termios.ECHOCTL
            termios.tcsetattr(sys.stdin, termios.TCSANOW, changed)

    def close(self) -> None:
        """Leave the terminal as it was."""
        if self._before is not None and owns_terminal():
            termios.tcsetattr(sys.stdin, termios.TCSANOW, self._before)


def _counts(requests: int, failures: int) -> list[Text]:
    return [Text(f"{requests:,}"), Text(f"{failures:,}", style="red" if failures else "dim")]


def _times(now: Figures) -> list[Text]:
    rate = Text(f"{now.rps:,.1f}" if now.rps < 1000 else f"{now.rps:,.0f}")
    return [rate, *(Text(milliseconds(value)) for value in (now.p50, now.p95, now.p99, now.max))]
