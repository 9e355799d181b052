"""Where runs are started, changed and stopped, one at a time, whoever asks: a page, a script, the command line."""

from __future__ import annotations

import asyncio
import traceback
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from loadcell.clock import SystemClock
from loadcell.config import Raw, RunConfig
from loadcell.controller.following import Follower
from loadcell.controller.permission import require_permission
from loadcell.controller.run import Outcome, Run
from loadcell.errors import LoadcellError, UsageError
from loadcell.exports.feed import Feed
from loadcell.messages import Event, Log
from loadcell.store.schema import SUFFIX
from loadcell.web.live import Live

State = Literal["ready", "starting", "spawning", "running", "stopping", "stopped"]
KEPT_LINES = 500
ASSESS = "assess"
"""The option that asks for an assessment in place of a plain run, so thorough."""
EFFORTS = {"quick": "assessment, 2–3 min", "usual": "assessment, about 10 min", "thorough": "assessment, over an hour"}


@dataclass(frozen=True, slots=True)
class OwnOption:
    """An option that the scenario itself declares."""

    name: str
    """Without dashes."""
    help: str
    secret: bool


@dataclass(frozen=True, slots=True)
class Scenario:
    """What the desk runs, as far as the command line has settled it."""

    base: RunConfig
    settle: Callable[[Mapping[str, Raw], Sequence[str]], RunConfig]
    """The configuration with these options (by name) and words of the scenario's own on top of what the command line
    gave; an option that is empty is taken back. ConfigError."""
    ratio: Callable[[RunConfig], dict[str, Any]]
    """How often each task runs, per class and in all, as Locust tells it; takes a moment. ScenarioError."""
    log_line: Callable[[Log], str]
    """A line as it is shown."""
    command_line: str
    """How the page was started, without secrets."""
    user_classes: list[str] = field(default_factory=list)
    own_options: Sequence[OwnOption] = ()
    """The scenario's own options that take a value."""


class Desk:
    """One scenario, and the run of it that is under way or was the last one."""

    def __init__(
        self,
        scenario: Scenario,
        *,
        say: Callable[[str], None] = lambda _: None,
        followers: Sequence[Follower] = (),
        prepare: Callable[[RunConfig], RunConfig] = lambda config: config,
        make_run: Callable[..., Run] = Run,
    ) -> None:
        """`say` gets each line of the log as it comes; `followers` follow every run; `prepare` has the last word on a run's
        configuration, in a thread: it may take a while, and UsageError tells why there can be no run."""
        self.scenario = scenario
        self.config = scenario.base
        """Of the run under way, else of the next one."""
        self.live = Live()
        self.feed = Feed(SystemClock())
        """The run's figures for Prometheus."""
        self.log: deque[str] = deque(maxlen=KEPT_LINES)
        self.outcome: Outcome | None = None
        """How the last run ended; None while one is under way, and where it could carry no load."""
        self.problem: LoadcellError | None = None
        """Why the last run could not carry load."""
        self.when_ended: Callable[[], Awaitable[None]] | None = None
        """What is to be done when a run has ended, whatever it ended with."""
        self._say = say
        self._followers = followers
        self._prepare = prepare
        self._make_run = make_run
        self._run: Run | None = None
        self._task: asyncio.Task[None] | None = None
        self._stopping = False
        self._written = 0
        """How many lines the log has had."""

    @property
    def state(self) -> State:
        """Where the run is."""
        if self._run is None:
            return "ready" if self.live.facts is None and self.problem is None else "stopped"
        if self._stopping:
            return "stopping"
        return "starting" if self.live.progress is None else self.live.progress.state

    @property
    def is_running(self) -> bool:
        """Whether a run is under way."""
        return self._run is not None

    @property
    def path(self) -> Path | None:
        """The file of the run under way, or of the last one; None before there is one."""
        facts = self.live.facts
        return None if facts is None else self.config.runs_dir / f"{facts.id}{SUFFIX}"

    async def start(self, options: Mapping[str, Raw] = {}, words: Sequence[str] = ()) -> None:
        """Start a run, with these options in place of those that were given before. ConfigError names every mistake.

        UsageError where a run is under way, or its target is not to be tested. Returns before the load begins.
        """
        config = self.scenario.settle(options, words)
        await require_permission(config)
        if self._run is None:
            config = await asyncio.to_thread(self._prepare, config)
        if self._run is not None:
            raise UsageError("A run is under way.", "Stop it first, or change its load.")
        self.config = config
        self.live, self.outcome, self.problem, self._stopping = Live(), None, None, False
        self.feed = Feed(SystemClock())
        self._run = self._make_run(
            self.config,
            watch=self.live.went_on,
            on_output=lambda generator, stream, line: self._note(line),
            on_log=lambda generator, log: self._note(self.scenario.log_line(log)),
            on_event=self._heard,
            command_line=self.scenario.command_line,
            followers=(self.live, self.feed, *self._followers),
        )
        self._task = asyncio.get_running_loop().create_task(self._carry_out(self._run))

    def change(self, level: float, pace: float) -> None:
        """Go to so many users (in the open model iterations/s), `pace` a second; without effect where none is running."""
        if self._run is not None:
            self._run.change_load(level, pace)

    def stop(self) -> None:
        """End the run in good order; asked a second time, at once."""
        if self._run is None:
            return
        if self._stopping:
            self._run.stop_now()
        else:
            self._stopping = True
            self._run.stop()

    async def ended(self) -> None:
        """Wait for the end of the run that is under way, if there is one."""
        if self._task is not None:
            await asyncio.shield(self._task)

    async def _carry_out(self, run: Run) -> None:
        try:
            self.outcome = await run.run()
        except LoadcellError as error:
            self.problem = error
            self._note(f"error: {error.message}")
        except Exception as error:
            # The page outlives it: the next run may go better.
            self.problem = LoadcellError(f"Loadcell itself failed: {error!r}")
            for line in traceback.format_exception(error):
                self._note(line.rstrip())
        finally:
            self._run = None
        if self.when_ended is not None:
            await self.when_ended()

    def lines_since(self, count: int) -> list[str]:
        """The lines of the log after the first `count`, as far as they are kept."""
        kept = list(self.log)
        return kept[max(0, count - (self._written - len(kept))) :]

    def _heard(self, event: Event) -> None:
        if event.level != "info":
            self._note(f"{event.level}: {event.text}")

    def _note(self, line: str) -> None:
        self.log.append(line)
        self._written += 1
        self._say(line)
