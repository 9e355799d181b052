"""What a node tells the controller."""

from __future__ import annotations

import signal
from dataclasses import dataclass

from loadcell.messages import Begun, Event, Interval, Log, Ready, Refused, Say, Stopped, Wish


@dataclass(frozen=True, slots=True)
class ProcessExit:
    """How a process ended. A `returncode` of None: it could not be started, `flaw` says why."""

    returncode: int | None
    flaw: str = ""
    """What was wrong with it before it ended, empty if nothing."""

    @property
    def signal(self) -> str | None:
        """The name of the signal that killed it, such as SIGKILL; None if it ended by itself."""
        if self.returncode is None or self.returncode >= 0:
            return None
        try:
            return signal.Signals(-self.returncode).name
        except ValueError:
            return f"signal {-self.returncode}"

    def __str__(self) -> str:
        if self.flaw:
            return self.flaw
        return f"killed by {self.signal}" if self.signal else f"it ended with exit code {self.returncode}"


@dataclass(frozen=True, slots=True)
class Reported:
    """One generator said something."""

    generator: str
    report: Ready | Refused | Begun | Event | Wish | Say | Log | Stopped


@dataclass(frozen=True, slots=True)
class Collected:
    """One second of all generators, or what of it came late."""

    interval: Interval


@dataclass(frozen=True, slots=True)
class Exited:
    """One generator's process is gone, and all that it had sent has been told. `pid` is 0 if it never started."""

    generator: str
    pid: int
    exit: ProcessExit


News = Reported | Collected | Exited
