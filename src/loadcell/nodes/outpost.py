"""The controller's end of a node on another machine: keeps in touch with it, sends it orders, takes its letters."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import msgspec

from loadcell.clock import Clock
from loadcell.messages import Go
from loadcell.nodes.clock_offset import Exchange, best
from loadcell.nodes.mail import Bag, Convey, Order, bag_of, encoded
from loadcell.nodes.pool import Machine

EXCHANGES = 9
"""How often the time is asked for, at the beginning and each time that the clocks are compared again."""
COMPARE_EVERY_S = 10.0
OPEN_S = 60.0
"""How long a node may take to get ready."""
ANSWER_S = 2.0
"""How long an answer is waited for that should come at once, before the same is said again."""
_AGAIN_S = 0.1
_SELDOM_S = 1.0
"""After how long what failed is tried again: while the node counts as there, and when it is lost."""


class Contact(Protocol):
    """A way to a `Station`. Each call may fail with any exception, and may never be answered."""

    @property
    def machine(self) -> Machine: ...

    async def now(self) -> float: ...

    async def open(self, opening: str, charge: bytes) -> None: ...

    async def order(self, opening: str, number: int, body: bytes, heard_at: float) -> None: ...

    async def park(self, opening: str) -> None: ...

    async def hear(self, opening: str, after: int, heard_at: float) -> bytes: ...

    async def close(self) -> str: ...


@dataclass(slots=True, eq=False)
class Outpost:
    """One node. `on_bag` gets what comes; `heard_at` tells when the last answer came, on this machine's clock."""

    contact: Contact
    charge: bytes
    clock: Clock
    on_bag: Callable[[Outpost, Bag], None]
    generators: set[str] = field(default_factory=set)
    """Those that were placed there and are not known to be gone."""
    carriers: set[str] = field(default_factory=set)
    """Those of them that were told to carry users."""
    lost: bool = False
    """Whether its users were given to others."""
    going: bool = False
    """Whether it was told to begin with the load."""
    heard_at: float = 0.0
    is_open: bool = False
    flaw: str = ""
    """Why it could not be opened, or is not heard any more."""
    drift_s: float = 0.0
    """How far the clocks have moved against one another since the node was opened."""
    within_s: float = 0.0
    """How far the difference of the clocks may be wrong."""
    _opening: str = field(default_factory=lambda: uuid.uuid4().hex)
    _ahead_s: float = 0.0
    _node_at: float = 0.0
    """When the last bag that has come was made, on the node's clock. The node may count on it: users are not given away
    before that much time and more has passed since the bag came."""
    _orders: asyncio.Queue[Order] = field(default_factory=asyncio.Queue)
    _number: int = 0
    _last: int = 0
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)
    _settled: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def machine(self) -> Machine:
        return self.contact.machine

    @property
    def name(self) -> str:
        return self.machine.name

    def start(self) -> None:
        """Open the node, and keep in touch with it from then on."""
        self._tasks = [asyncio.create_task(self._live())]

    async def settled(self) -> None:
        """Wait until it is open, or can't be opened: `flaw` says why."""
        await self._settled.wait()

    def put(self, order: Order) -> None:
        """Have an order carried out, after those that were put before; without effect when the node is lost."""
        if not self.lost:
            self._orders.put_nowait(order)

    def silent_s(self) -> float:
        """For how long nothing has been heard of a node that was opened."""
        return self.clock.monotonic() - self.heard_at if self.is_open else 0.0

    async def stop(self) -> None:
        """Stop keeping in touch."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def close(self, within_s: float) -> str:
        """Have the node end everything, if it answers in time; returns the folder where the scenario has left files."""
        await self.stop()
        try:
            async with asyncio.timeout(within_s):
                return await self.contact.close()
        except Exception:  # It ends everything by itself, when it hears nothing more.
            return ""

    async def _live(self) -> None:
        try:
            async with asyncio.timeout(OPEN_S):
                await self._open()
        except TimeoutError:
            self.flaw = f"it did not answer within {OPEN_S:g} s"
        except Exception as error:
            self.flaw = str(error) or type(error).__name__
        self._settled.set()
        if self.flaw:
            return
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._hear())
                group.create_task(self._send())
                group.create_task(self._compare_clocks())
        except ExceptionGroup as errors:
            first = errors.exceptions[0]
            self.flaw = f"what it said could not be dealt with ({type(first).__name__}: {first})"

    async def _open(self) -> None:
        exchange = await self._exchanged()
        self._ahead_s, self.within_s = exchange.ahead_s, exchange.within_s
        self._node_at = exchange.showed
        await self.contact.open(self._opening, self.charge)
        self.heard_at = self.clock.monotonic()
        self.is_open = True

    async def _exchanged(self) -> Exchange:
        return best([await self._exchange() for _ in range(EXCHANGES)])

    async def _exchange(self) -> Exchange:
        asked = self.clock.monotonic()
        showed = await self.contact.now()
        return Exchange(asked, showed, self.clock.monotonic())

    async def _hear(self) -> None:
        parked = False
        while True:
            try:
                if self.lost and not parked:
                    # It may not know: it was suspended, perhaps, and its clock with it.
                    await self.contact.park(self._opening)
                    parked = True
                bag = bag_of(await self.contact.hear(self._opening, self._last, self._node_at))
            except Exception:
                # What is lost is found by the clock, for some machines never answer at all.
                await asyncio.sleep(_SELDOM_S if self.lost else _AGAIN_S)
                continue
            self.heard_at = self.clock.monotonic()
            if not self.lost:
                self._node_at = bag.at
            fresh = bag.last - self._last
            letters = bag.letters[len(bag.letters) - fresh :] if fresh > 0 else []
            self._last = max(self._last, bag.last)
            self.on_bag(self, msgspec.structs.replace(bag, letters=letters))

    async def _send(self) -> None:
        while True:
            orders = [await self._orders.get()]
            while not self._orders.empty():
                orders.append(self._orders.get_nowait())
            self._number += 1
            body, number = encoded([self._on_its_clock(order) for order in orders]), self._number
            while not self.lost:
                try:
                    # The answer may never come, over a connection that something on the way has forgotten.
                    async with asyncio.timeout(ANSWER_S):
                        await self.contact.order(self._opening, number, body, self._node_at)
                    break
                except Exception:
                    await asyncio.sleep(_AGAIN_S)

    def _on_its_clock(self, order: Order) -> Order:
        match order:
            case Convey(generator, Go() as go):
                return Convey(generator, msgspec.structs.replace(go, start_at=go.start_at + self._ahead_s))
        return order

    async def _compare_clocks(self) -> None:
        while True:
            await asyncio.sleep(COMPARE_EVERY_S)
            try:
                async with asyncio.timeout(ANSWER_S):
                    exchange = await self._exchanged()
            except Exception:
                continue
            # Below what the measurement can tell there is no drift.
            moved = exchange.ahead_s - self._ahead_s
            self.drift_s = moved if abs(moved) > exchange.within_s + self.within_s else 0.0
