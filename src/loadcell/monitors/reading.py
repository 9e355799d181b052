"""What a monitor says, as structs that can cross a process border."""

from __future__ import annotations

import msgspec

from loadcell.monitors.catalogue import unit_of


class Reading(msgspec.Struct, frozen=True):
    """One value of one signal."""

    signal: str
    """A name of the catalogue."""
    value: float
    of: str = ""
    """Which worker (pid), database, device … it is about; nothing where there is only one."""

    @property
    def unit(self) -> str:
        """The unit of the value, from the catalogue."""
        return unit_of(self.signal)


class Fact(msgspec.Struct, frozen=True):
    """Something a source knows that is no number and hardly changes."""

    name: str
    text: str
    of: str = ""


class Unseen(msgspec.Struct, frozen=True):
    """What a source can't see, and how it could."""

    what: str
    remedy: str


class Trouble(msgspec.Struct, frozen=True):
    """That a source can't be read any more, or can again."""

    message: str
    """One sentence."""
    hint: str = ""
    over: bool = False


Sight = Reading | Fact | Unseen | Trouble
"""What one look at a source brings. A trouble among the rest, one at most, is of a part of the source only."""


class Batch(msgspec.Struct):
    """What one source had to say at one second. Facts and what can't be seen are said once, and again when they change."""

    source: str
    at: float
    """The second's boundary, in s of the monotonic clock of the machine that read it."""
    took_ms: float = 0.0
    readings: list[Reading] = []
    facts: list[Fact] = []
    unseen: list[Unseen] = []
    trouble: Trouble | None = None

    @property
    def says_something(self) -> bool:
        """Whether there is anything in it."""
        return bool(self.readings or self.facts or self.unseen or self.trouble)
