"""One run in a terminal: its display, its log lines, Ctrl-C."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import TextIO

from loadcell.cli.display import Display, Lines
from loadcell.cli.keys import Keys
from loadcell.config import RunConfig, duration_text
from loadcell.controller.following import Follower
from loadcell.controller.run import Outcome, Run
from loadcell.messages import Event, Log
from loadcell.nodes.pool import Cluster
from loadcell.text import one_line, printable

_MACHINE = socket.gethostname().partition(".")[0]


def carry_out(
    config: RunConfig, command_line: str, followers: Sequence[Follower] = (), cluster: Cluster | None = None
) -> Outcome:
    """Carry out a run and show it. LoadcellError if it could not carry load."""
    return carry_out_one(config, command_line, followers, cluster)[0]


def carry_out_one(
    config: RunConfig, command_line: str, followers: Sequence[Follower] = (), cluster: Cluster | None = None
) -> tuple[Outcome, bool]:
    """The same for one of several runs: True if it was interrupted, so that no other is to follow."""
    log = config.logfile.open("a", encoding="utf-8", errors="backslashreplace") if config.logfile else None
    display = _display(config)
    try:
        session = Session(config, display, log, followers, cluster)
        return asyncio.run(session.carry_out(command_line)), session.interrupted
    finally:
        display.close()
        if log:
            # What is left in its buffer could not be written before either, and that was said.
            with suppress(OSError):
                log.close()


class Session:
    """A run and the one who watches it."""

    def __init__(
        self,
        config: RunConfig,
        display: Display,
        log: TextIO | None,
        followers: Sequence[Follower] = (),
        cluster: Cluster | None = None,
    ) -> None:
        self._config = config
        self._display = display
        self._log = log
        self._followers = followers
        self._cluster = cluster
        self._run: Run | None = None
        self._stopping = False

    async def carry_out(self, command_line: str) -> Outcome:
        """The run from start to end; Ctrl-C once or SIGTERM ends it in good order, Ctrl-C again at once."""
        run = self._run = Run(
            self._config,
            watch=self._display.show,
            on_output=self.output,
            on_log=self.log,
            on_event=self.event,
            command_line=command_line,
            followers=self._followers,
            cluster=self._cluster,
        )
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGINT, self.interrupt)
        loop.add_signal_handler(signal.SIGTERM, self.stop)
        keys = Keys(self.change_users)
        try:
            return await run.run()
        finally:
            keys.close()
            # What was measured is now written down; impatience must not cost it. A mask alone would only be this thread's,
            # and would not keep the signal from being handled here when another thread has taken it.
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
            loop.remove_signal_handler(signal.SIGINT)
            signal.signal(signal.SIGINT, signal.SIG_IGN)

    @property
    def interrupted(self) -> bool:
        """Whether it was told to stop."""
        return self._stopping

    def change_users(self, more: int) -> None:
        """So many more users, or fewer."""
        if self._run is not None:
            self._run.change_users(more)
            course = self._config.course
            one, many = ("user", "users") if course is None or course.model == "closed" else ("iteration/s", "iterations/s")
            number = f"{abs(more)} {'more' if more > 0 else 'fewer'} {one if abs(more) == 1 else many}"
            self._display.say(f"asked for {number}")

    def interrupt(self) -> None:
        """Stop in good order, or at once if that was asked before."""
        if not self._stopping:
            self.stop()
        elif self._run:
            self._display.say("stopping now")
            self._run.stop_now()

    def stop(self) -> None:
        """Stop in good order."""
        if self._stopping or self._run is None:
            return
        self._stopping = True
        patience = self._config.stop_timeout_s
        under_way = f"tasks under way have {duration_text(patience)}" if patience else "tasks under way are interrupted"
        self._display.say(f"stopping: {under_way}; press Ctrl-C again to stop now")
        self._run.stop()

    def output(self, generator: str, stream: str, line: str) -> None:
        """What the scenario printed."""
        (self._display.say if stream == "stderr" else self._display.output)(line)

    def event(self, event: Event) -> None:
        """What the reader of the run should know; what is as it should be is left to the final tables."""
        if event.level != "info":
            self._display.say(f"{event.level}: {one_line(event.text)}")

    def log(self, generator: str, log: Log) -> None:
        """What the scenario or a process logged."""
        line = log_line(log)
        if self._log is None:
            self._display.say(line)
            return
        try:
            self._log.write(f"{line}\n")
            self._log.flush()
        except OSError as error:
            # From here on the lines are shown: the run is worth more than its log.
            self._log = None
            self._display.say(f"error: --logfile '{self._config.logfile}' can't be written: {error.strerror}")
            self._display.say(line)


def log_line(log: Log) -> str:
    """A log line as Locust writes it."""
    at = datetime.fromtimestamp(log.at).astimezone()
    return f"[{at:%Y-%m-%d %H:%M:%S},{at.microsecond // 1000:03}] {_MACHINE}/{log.level}/{log.logger}: {printable(log.text)}"


def _display(config: RunConfig) -> Display:
    if config.only_summary or not sys.stderr.isatty():
        return Lines(config, quiet=config.only_summary)
    from loadcell.cli.live import LivePicture

    return LivePicture(config)
