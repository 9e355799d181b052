"""A node on another machine: its generators, in a folder of the run's own; what it is told and what it answers."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
import weakref
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from loadcell.clock import Clock, SystemClock
from loadcell.lease import Lease
from loadcell.messages import ExceptionCount, Go, Interval, Log, Stop
from loadcell.nodes.generator_process import GENERATOR_COMMAND, Surroundings
from loadcell.nodes.mail import Convey, Deploy, Halt, Letterbox, Line, charge_of, orders_of
from loadcell.nodes.news import Collected, Exited, News, Reported
from loadcell.nodes.node import Node
from loadcell.nodes.parcel import Parcel, unpack

PARK_S = 2.0
"""How long after the controller's last word the users are stopped. It gives them to others a second later, see `fleet`."""
KILL_S = 0.5
"""How long after that the generators are killed."""
LEASE_S = 0.7
"""How long after that they end by themselves, if the node can't stop them."""
STARTING_S = 7.0
"""In the place of PARK_S as long as no user was started: a machine that loads a scenario on all cores is slow to answer."""
ANSWER_S = 0.5
"""The longest that the controller waits for letters where there are none."""
_TICK_S = 0.1


class Station:
    """Carries out orders and keeps letters, until its controller is not heard any more.

    All moments are on this machine's monotonic clock. `opening` names one opening: what was sent for another and held up
    on the way, is refused. `heard_at` is the moment of the last bag that the controller has got.
    Everything but the constructor belongs on one event loop.
    """

    def __init__(self, command: Sequence[str] = GENERATOR_COMMAND, clock: Clock | None = None) -> None:
        self._command = command
        self._clock = clock or SystemClock()
        self._letters = Letterbox()
        self._node: Node | None = None
        self._lease: Lease | None = None
        self._parcel: Parcel | None = None
        self._folder = ""
        self._clear: weakref.finalize[..., Station] | None = None
        """Removes the folder, as soon as it is called, or this process ends, or nobody holds this any more."""
        self._kept: list[str] = []
        """Folders that were not removed, for the scenario has left files in them."""
        self._generators: set[str] = set()
        self._opening = ""
        self._done = 0
        """The number of the last orders that were carried out."""
        self._heard_at = 0.0
        self._parked = False
        self._patience_s = STARTING_S
        self._written: asyncio.Event = asyncio.Event()
        self._watch: asyncio.Task[None] | None = None

    async def now(self) -> float:
        """The time of this machine's monotonic clock, in s."""
        return self._clock.monotonic()

    async def open(self, opening: str, charge: bytes) -> None:
        """Get ready for a run; what was left of another is ended. ValueError if the charge is broken."""
        await self.close()
        self._opening = opening
        given = charge_of(charge)
        self._letters, self._written = Letterbox(), asyncio.Event()
        self._done, self._parked, self._patience_s = 0, False, STARTING_S
        self._folder = tempfile.mkdtemp(prefix="loadcell-")
        self._clear = weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        self._parcel = parcel = await asyncio.to_thread(unpack, given.parcel, Path(self._folder))
        self._clear.detach()
        self._clear = weakref.finalize(self, _clear_folder, self._folder, set(_files_in(self._folder)), self._kept)
        self._lease = Lease()
        around = Surroundings(
            words=given.words, folder=Path(parcel.folder), environment=parcel.environment, lease=self._lease.fd
        )
        self._node = Node(
            self._tell,
            on_output=lambda *line: self._put(Line(*line)),
            clock=self._clock,
            command=self._command,
            surroundings=around,
        )
        self._heard_at = self._clock.monotonic()
        self._listen(self._heard_at)
        self._watch = asyncio.create_task(self._keep_watch())

    async def order(self, opening: str, number: int, body: bytes, heard_at: float) -> None:
        """Carry out the orders number `number`, unless that was done."""
        self._require(opening)
        self._listen(heard_at)
        if number <= self._done or self._node is None or self._parked:
            return
        self._done = number
        for order in orders_of(body):
            match order:
                case Deploy(load):
                    self._generators.add(load.generator)
                    scenarios = ",".join(self._parcel.scenarios) if self._parcel else load.scenario
                    self._node.start(msgspec.structs.replace(load, scenario=scenarios))
                case Convey(generator, command):
                    if isinstance(command, Go):
                        self._patience_s = PARK_S
                        self._listen(heard_at)
                    self._node.send(generator, command)
                case Halt(generator):
                    self._node.kill(generator)

    async def park(self, opening: str) -> None:
        """Stop the users at once: the controller has given them to others."""
        self._require(opening)
        self._heard_at = min(self._heard_at, self._clock.monotonic() - self._patience_s)
        self._stop_users()

    async def hear(self, opening: str, after: int, heard_at: float) -> bytes:
        """The letters after number `after`, which had arrived; waits up to half a second for the first one."""
        self._require(opening)
        self._listen(heard_at)
        self._letters.confirm(after)
        if not self._letters:
            self._written.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(ANSWER_S):
                    await self._written.wait()
            self._require(opening)
        ended = self._parked and not self._generators
        return self._letters.bag(self._clock.monotonic(), parked=self._parked, ended=ended)

    async def close(self) -> str:
        """End everything; returns the folders in which the scenario has left files: all others are gone."""
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None
        if self._node is not None:
            await self._node.close()
            self._node = None
        if self._lease is not None:
            self._lease.close()
            self._lease = None
        await self._clear_up()
        return ", ".join(self._kept)

    async def _clear_up(self) -> None:
        if self._clear is not None:
            await asyncio.to_thread(self._clear)

    def _require(self, opening: str) -> None:
        if opening != self._opening or self._node is None:
            raise RuntimeError("this node was not opened for that")

    def _stop_users(self) -> None:
        if self._node is not None and not self._parked:
            self._parked = True
            for generator in list(self._generators):
                self._node.send(generator, Stop(0.0))

    def _listen(self, heard_at: float) -> None:
        if not self._parked:
            self._heard_at = max(self._heard_at, heard_at)
        if self._lease is not None and not self._parked:
            self._lease.extend(self._heard_at + self._patience_s + LEASE_S)

    async def _keep_watch(self) -> None:
        while True:
            await asyncio.sleep(_TICK_S)
            node = self._node
            if node is None:
                return
            node.collect()
            silent_s = self._clock.monotonic() - self._heard_at
            if silent_s >= self._patience_s:
                self._stop_users()
            if self._parked and silent_s >= self._patience_s + KILL_S:
                for generator in list(self._generators):
                    node.kill(generator)
            if self._parked and not self._generators:
                # The letters wait, in case that the controller comes back; nobody may ever come to close this.
                await self._clear_up()
                return

    def _tell(self, news: News) -> None:
        match news:
            case Collected(interval):
                self._unplace(interval)
            case Reported(_, Log() as log):
                log.text = self._original(log.text)
            case Exited(generator):
                self._generators.discard(generator)
        if isinstance(news, (Reported, Collected, Exited)):
            self._put(news)

    def _put(self, letter: Any) -> None:
        self._letters.put(letter)
        self._written.set()

    def _unplace(self, interval: Interval) -> None:
        """Let the files have the paths that they have where they came from: the same on all machines."""
        for error in interval.errors:
            error.error = self._original(error.error)
        interval.exceptions = [
            ExceptionCount(self._original(one.message), self._original(one.traceback), one.occurrences)
            for one in interval.exceptions
        ]

    def _original(self, text: str) -> str:
        return text.replace(self._folder, "") if self._folder else text


def _clear_folder(folder: str, sent: set[str], kept: list[str]) -> None:
    """Remove a folder, unless more is in it than was sent; it is one of those that are `kept` then."""
    if set(_files_in(folder)) - sent:
        kept.append(folder)
    else:
        shutil.rmtree(folder, ignore_errors=True)


def _files_in(folder: str) -> list[str]:
    return [
        os.path.join(place, name)
        for place, _, names in os.walk(folder)
        if os.path.basename(place) != "__pycache__"
        for name in names
    ]
