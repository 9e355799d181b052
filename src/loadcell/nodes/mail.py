"""What goes between the controller and a node on another machine: orders there, letters back, both numbered.

Either may be sent twice, when an answer was lost on the way; who gets one twice knows it by its number.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import msgspec

from loadcell.messages import Command, Load
from loadcell.nodes.news import Collected, Exited, Reported

MAX_LINES = 5_000
"""How many lines of output wait at most."""
MAX_BAG = 8 * 1024 * 1024
"""How many bytes of letters go into one bag, the last letter not counted."""


class Deploy(msgspec.Struct, frozen=True, tag=True):
    """Start a generator."""

    load: Load


class Convey(msgspec.Struct, frozen=True, tag=True):
    """Send a command to a generator."""

    generator: str
    command: Command


class Halt(msgspec.Struct, frozen=True, tag=True):
    """Kill a generator."""

    generator: str


class Line(msgspec.Struct, frozen=True, tag=True):
    """A generator wrote a line to "stdout" or "stderr"."""

    generator: str
    stream: str
    text: str


Order = Deploy | Convey | Halt
Letter = Reported | Collected | Exited | Line


class Bag(msgspec.Struct, frozen=True):
    """Letters in order; the last of them has the number `last`."""

    last: int
    letters: list[Letter]
    at: float = 0.0
    """When it was made, on the node's clock."""
    parked: bool = False
    """Whether the node has stopped its users by itself, because it had not heard from the controller."""
    ended: bool = False
    """Whether it has, its generators are gone, and all that they said is in this bag or was in one before."""


class Charge(msgspec.Struct, frozen=True):
    """What a node is told before its first order."""

    parcel: bytes
    words: tuple[str, ...]
    """The command line that the scenario sees."""


_encoder = msgspec.msgpack.Encoder()
_orders = msgspec.msgpack.Decoder(list[Order])
_bags = msgspec.msgpack.Decoder(Bag)
_charges = msgspec.msgpack.Decoder(Charge)


def encoded(message: Sequence[Order] | Charge) -> bytes:
    """As it goes over the network."""
    return _encoder.encode(message)


def orders_of(body: bytes) -> list[Order]:
    """The orders in a body. msgspec.MsgspecError if there are none."""
    return _orders.decode(body)


def bag_of(body: bytes) -> Bag:
    """The bag in a body. msgspec.MsgspecError if there is none."""
    return _bags.decode(body)


def charge_of(body: bytes) -> Charge:
    """The charge in a body. msgspec.MsgspecError if there is none."""
    return _charges.decode(body)


class _Written(msgspec.Struct, frozen=True):
    """A Bag whose letters are encoded already."""

    last: int
    letters: list[msgspec.Raw]
    at: float
    parked: bool
    ended: bool


class Letterbox:
    """Letters from when they are written until the controller has said that it has them."""

    def __init__(self) -> None:
        self._letters: deque[tuple[bytes, bool]] = deque()
        """Encoded, and whether it is a line."""
        self._first = 1
        """The number of the first one."""
        self._lines = 0
        self._left_out = 0

    def put(self, letter: Letter) -> None:
        """Write a letter; of lines of output only so many."""
        is_line = isinstance(letter, Line)
        if is_line and self._lines >= MAX_LINES:
            self._left_out += 1
            return
        self._lines += is_line
        self._letters.append((_encoder.encode(letter), is_line))

    def confirm(self, last: int) -> None:
        """Forget the letters up to number `last`: they have arrived."""
        while self._letters and self._first <= last:
            _, was_line = self._letters.popleft()
            self._first += 1
            self._lines -= was_line
        if self._left_out and self._lines < MAX_LINES:
            text = f"{self._left_out:,} lines of output were left out: they came faster than they could be passed on."
            self._left_out = 0
            self.put(Line("", "stderr", text))

    def bag(self, at: float = 0.0, *, parked: bool = False, ended: bool = False) -> bytes:
        """The next letters, as many as go into one bag, encoded; `ended`: no further ones will be written."""
        letters, size = [], 0
        for letter, _ in self._letters:
            letters.append(msgspec.Raw(letter))
            size += len(letter)
            if size >= MAX_BAG:
                break
        last = self._first + len(letters) - 1
        return _encoder.encode(_Written(last, letters, at, parked, ended and len(letters) == len(self._letters)))

    def __len__(self) -> int:
        return len(self._letters)
