"""What carries out a run's processes, wherever they are: this machine's node, or the nodes of a cluster."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import msgspec

from loadcell.clock import Clock
from loadcell.messages import Command, Load
from loadcell.nodes.news import News
from loadcell.nodes.parcel import Parcel

Tell = Callable[[News], None]
OnOutput = Callable[[str, str, str], None]
"""Gets the generator's name, "stdout" or "stderr", and one line without its end."""


class Pool(Protocol):
    """Starts processes, carries commands to them, and tells what comes back."""

    def start(self, load: Load) -> None:
        """Start a process and give it its Load; the answer comes as news."""

    def send(self, generator: str, command: Command) -> None:
        """Send a command to one process; without effect when it is gone."""

    def kill(self, generator: str) -> None:
        """End one process at once; its end comes as news."""

    def collect(self) -> None:
        """Tell the seconds that are complete or overdue by now; to be called every half second."""

    async def close(self) -> None:
        """End all processes and wait until they are gone."""


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """One machine that generates load, as it is known before the start."""

    name: str
    """Its host's name and, where a host has several nodes, what tells them apart."""
    address: str = ""
    """Where it is spoken to; empty if that is of no interest."""
    processes: int
    """How many generators it is to run."""
    descriptors: int
    """How many files one of its processes may have open."""
    facts: dict[str, Any]
    """Its cores, memory, system and versions, for the record of the run."""


class Cluster(Protocol):
    """Machines that a run may use."""

    def look(self, sent: Parcel) -> None:
        """See which machines are there for the next run, and whether they are fit for what is sent. UsageError if not."""

    @property
    def machines(self) -> Sequence[Machine]:
        """Those that were there when it was looked."""

    def pool(self, tell: Tell, *, on_output: OnOutput, clock: Clock) -> Pool:
        """The processes of one run, which may be on any of the machines; `tell` and `on_output` are called on the loop
        that is running now."""
