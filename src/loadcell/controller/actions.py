"""What the state of a run takes in beside a node's news, and what it wants done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from loadcell.controller.verdict import Verdict
from loadcell.errors import LoadcellError
from loadcell.messages import Command, Event, Interval, Load, Log
from loadcell.store import StoredStage


@dataclass(frozen=True, slots=True)
class RunFileOpened:
    """The run file is there; the load may begin."""


@dataclass(frozen=True, slots=True)
class StopRequested:
    """Someone wants the run to end: in good order, or `at_once`."""

    at_once: bool = False


@dataclass(frozen=True, slots=True)
class LoadRequested:
    """Someone decides on the load: `level` users or iterations/s in the end, `pace` a second up or down."""

    level: float
    pace: float


@dataclass(frozen=True, slots=True)
class UsersRequested:
    """Someone who watches the run wants so many more users, or fewer; in the open model iterations/s."""

    more: int


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed."""


@dataclass(frozen=True, slots=True)
class Start:
    """Start a process and give it this Load."""

    load: Load


@dataclass(frozen=True, slots=True)
class Send:
    """Send a command to one process."""

    generator: str
    command: Command


@dataclass(frozen=True, slots=True)
class Kill:
    """End a process at once."""

    generator: str


@dataclass(frozen=True, slots=True)
class OpenRunFile:
    """Make the run file; answered by RunFileOpened."""

    host: str
    shape: str = ""
    """The LoadTestShape that decides on the load, if one does."""
    common_options: bool = False
    """Whether that shape uses -u, -r and -t itself."""
    percentiles: tuple[float, ...] = ()
    """Those to report, where the scenario changed them."""
    secrets: tuple[str, ...] = ()
    """The flags of options whose values nobody else may read."""


@dataclass(frozen=True, slots=True)
class ServiceSeen:
    """What the service felt in one second of the run, by signal."""

    second: int
    signals: dict[str, float]


@dataclass(frozen=True, slots=True)
class WriteInterval:
    """Keep a second in the run file."""

    interval: Interval


@dataclass(frozen=True, slots=True)
class WriteEvent:
    """Keep an event in the run file."""

    event: Event


@dataclass(frozen=True, slots=True)
class WriteStage:
    """Keep a stage that is over in the run file."""

    stage: StoredStage


@dataclass(frozen=True, slots=True)
class WriteResult:
    """Keep in the run file what the run found out."""

    name: str
    value: dict[str, Any]


@dataclass(frozen=True, slots=True)
class PassLog:
    """Hand on what a process logged."""

    generator: str
    log: Log


@dataclass(frozen=True, slots=True)
class Finish:
    """All processes are gone. With an `error` the run never carried load."""

    verdict: Verdict
    ended_s: float
    error: LoadcellError | None


Action = Start | Send | Kill | OpenRunFile | WriteInterval | WriteEvent | WriteStage | WriteResult | PassLog | Finish
