"""What a node, or all nodes of a cluster together, tell the controller."""

from __future__ import annotations

import signal

import msgspec

from loadcell.messages import Begun, Event, Interval, Log, Ready, Refused, Say, Stopped, Wish


class ProcessExit(msgspec.Struct, frozen=True):
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


class Reported(msgspec.Struct, frozen=True, tag=True):
    """One generator said something."""

    generator: str
    report: Ready | Refused | Begun | Event | Wish | Say | Log | Stopped


class Collected(msgspec.Struct, frozen=True, tag=True):
    """One second of all generators, or what of it came late."""

    interval: Interval


class Exited(msgspec.Struct, frozen=True, tag=True):
    """One generator's process is gone, and all that it had sent has been told. `pid` is 0 if it never started."""

    generator: str
    pid: int
    exit: ProcessExit


class Noticed(msgspec.Struct, frozen=True):
    """Something about the nodes themselves that the reader of the run should know."""

    kind: str
    text: str
    level: str = "info"
    data: dict[str, str | float | list[str]] = {}


class NodeLost(msgspec.Struct, frozen=True):
    """A machine of the cluster is silent, and its generators carry no users any more."""

    node: str
    generators: tuple[str, ...]
    told_until: int
    """How many seconds of the run its figures are there for."""
    why: str


class ClusterLost(msgspec.Struct, frozen=True):
    """No machine of the cluster can be reached any more."""

    generators: tuple[str, ...]
    why: str


News = Reported | Collected | Exited | Noticed | NodeLost | ClusterLost
