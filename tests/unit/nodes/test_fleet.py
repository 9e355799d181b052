"""Machines as the controller sees them: found lost in time, their figures merged, nothing told twice."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from loadcell.clock import ManualClock
from loadcell.messages import Command, Go, Interval, Load, Stop, Stopped
from loadcell.nodes.fleet import Fleet
from loadcell.nodes.mail import Bag, Convey, Deploy, Letter, Line, Order, encoded, orders_of
from loadcell.nodes.news import ClusterLost, Collected, Exited, NodeLost, Noticed, ProcessExit, Reported
from loadcell.nodes.pool import Machine
from loadcell.plan import Part, Plan


class Machinery:
    """A way to a machine that a test holds in its hand."""

    def __init__(self, name: str, clock: ManualClock, ahead_s: float = 0.0, processes: int = 1, address: str = "") -> None:
        address = address or f"tcp://{name}:1"
        self.machine = Machine(name=name, address=address, processes=processes, descriptors=1024, facts={})
        self.clock = clock
        self.ahead_s = ahead_s
        self.orders: list[Order] = []
        self.promised: list[float] = []
        """What was said of the last time that it was heard, on its own clock."""
        self.cut = False
        self.deaf = False
        """Whether it takes orders and letters go out, and the answers are lost on the way."""
        self.parked = self.ended = False
        self.opened = 0
        self._bags: asyncio.Queue[None] = asyncio.Queue()
        self._letters: list[Letter] = []
        self._done = 0

    def writes(self, *letters: Letter) -> None:
        self._letters += letters
        self._bags.put_nowait(None)

    async def now(self) -> float:
        await self._way()
        return self.clock.monotonic() + self.ahead_s

    async def open(self, charge: bytes, heard_at: float) -> None:
        await self._way()
        self.opened += 1
        self.parked = self.ended = False
        self._letters, self._done = [], 0

    async def order(self, number: int, body: bytes, heard_at: float) -> None:
        await self._way()
        if number > self._done:
            self._done = number
            self.orders += orders_of(body)
        if self.deaf:
            raise OSError("the answer was lost")

    async def hear(self, after: int, heard_at: float) -> bytes:
        await self._way()
        self.promised.append(heard_at)
        try:
            async with asyncio.timeout(0.02):
                await self._bags.get()
        except TimeoutError:
            pass
        await self._way()
        if self.deaf:
            raise OSError("the answer was lost")
        bag = Bag(len(self._letters), self._letters[after:], self.parked, self.ended)
        return encoded_bag(bag)

    async def close(self) -> str:
        await self._way()
        return ""

    async def _way(self) -> None:
        while self.cut:  # noqa: ASYNC110 - a test sets it at any time
            await asyncio.sleep(0.01)

    def commands(self, kind: type[Command]) -> list[Any]:
        return [order.command for order in self.orders if isinstance(order, Convey) and isinstance(order.command, kind)]


def encoded_bag(bag: Bag) -> bytes:
    return encoded(bag)  # type: ignore[arg-type]


class Scene:
    """A fleet of two machines of one generator each, under way."""

    def __init__(self, roll: Any = None, ahead_s: float = 0.0) -> None:
        self.clock = ManualClock()
        self.machines = [Machinery("a", self.clock), Machinery("b", self.clock, ahead_s)]
        self.told: list[Any] = []
        self.lines: list[tuple[str, str, str]] = []
        self.fleet = Fleet(
            self.machines,
            b"",
            self.told.append,
            on_output=lambda *line: self.lines.append(line),
            clock=self.clock,
            roll=roll,
        )

    async def begin(self) -> Scene:
        self.fleet.begin()
        for number in (1, 2):
            self.fleet.start(Load(str(number), "generator", number - 1, 2, "run", "shop.py"))
        for number in (1, 2):
            go = Go(Plan.ramp(2, 2), [Part(number - 1, 2)], self.clock.monotonic())
            self.fleet.send(str(number), go)
        await self.until(lambda: all(machine.commands(Go) for machine in self.machines))
        return self

    async def until(self, holds: Callable[[], Any]) -> None:
        for _ in range(400):
            if holds():
                return
            await asyncio.sleep(0.01)
        raise AssertionError((self.told, [machine.orders for machine in self.machines]))

    async def while_(self, seconds: float) -> None:
        """Let time pass on the clock in small steps, all that are not cut off being heard meanwhile."""
        for _ in range(round(seconds * 5)):
            self.clock.advance(0.2)
            await asyncio.sleep(0.11)

    def of(self, kind: type) -> list[Any]:
        return [news for news in self.told if isinstance(news, kind)]


def second(number: int, users: int = 1) -> Collected:
    return Collected(Interval(number, float(number), number + 1.0, users, {}, []))


def test_generators_are_placed_where_there_is_room_and_second_0_is_on_their_clocks() -> None:
    async def story() -> None:
        scene = await Scene(ahead_s=7200.0).begin()
        a, b = scene.machines
        assert [order.load.generator for order in a.orders if isinstance(order, Deploy)] == ["1"]
        assert [order.load.generator for order in b.orders if isinstance(order, Deploy)] == ["2"]
        assert b.commands(Go)[0].start_at - a.commands(Go)[0].start_at == pytest.approx(7200.0)
        await scene.fleet.close()

    asyncio.run(story())


def test_a_second_is_told_once_all_have_delivered_it_and_once_only() -> None:
    async def story() -> None:
        scene = await Scene().begin()
        a, b = scene.machines
        a.writes(second(0, users=3))
        await scene.until(lambda: len(a.promised) > 3)
        assert scene.of(Collected) == []
        # What b says arrives again and again, for no answer of its own does.
        b.writes(second(0, users=4), Line("2", "stdout", "hello"))
        await scene.until(lambda: scene.of(Collected))
        await scene.while_(1)
        assert [news.interval.users for news in scene.of(Collected)] == [7]
        assert scene.lines == [("2", "stdout", "hello")]
        await scene.fleet.close()

    asyncio.run(story())


def test_the_leads_seconds_are_the_same_seconds() -> None:
    async def story() -> None:
        scene = await Scene().begin()
        scene.fleet.hear_lead(second(0, users=0))
        for machine in scene.machines:
            machine.writes(second(0, users=1))
        await scene.until(lambda: scene.of(Collected))
        assert [news.interval.users for news in scene.of(Collected)] == [2]
        # From when on it has stopped nobody waits for it.
        scene.fleet.hear_lead(Reported("lead", Stopped()))
        for machine in scene.machines:
            machine.writes(second(1, users=1))
        await scene.until(lambda: len(scene.of(Collected)) == 2)
        assert scene.of(Reported) == [Reported("lead", Stopped())]
        await scene.fleet.close()

    asyncio.run(story())


def test_orders_are_carried_out_once_though_no_answer_comes() -> None:
    async def story() -> None:
        scene = await Scene().begin()
        scene.machines[0].deaf = True
        scene.fleet.send("1", Stop(0.0))
        await scene.until(lambda: scene.machines[0].commands(Stop))
        await asyncio.sleep(0.4)
        assert len(scene.machines[0].commands(Stop)) == 1
        await scene.fleet.close()

    asyncio.run(story())


def test_a_machine_is_lost_3_s_after_its_last_answer_and_not_before() -> None:
    async def story() -> None:
        scene = await Scene().begin()
        a, b = scene.machines
        a.writes(second(0))
        b.writes(second(0))
        await scene.until(lambda: scene.of(Collected))
        b.cut = True
        await scene.while_(2.6)
        assert scene.of(NodeLost) == []
        last = b.promised[-1]
        await scene.while_(1.0)
        assert scene.of(NodeLost) == [NodeLost("b", ("2",), 1, "nothing was heard of it for 3 s")]
        # The machine was promised no more than that: what it last heard was of its own last answer.
        assert scene.clock.monotonic() - last >= 3.0
        assert scene.of(NodeLost)[0].node == "b"
        await scene.fleet.close()

    asyncio.run(story())


def test_a_machine_that_is_back_delivers_what_it_had_and_stands_by() -> None:
    async def story() -> None:
        scene = await Scene().begin()
        b = scene.machines[1]
        b.cut = True
        await scene.while_(3.6)
        assert len(scene.of(NodeLost)) == 1
        b.parked, b.cut = True, False
        asked = len(b.promised)
        await scene.until(lambda: len(b.promised) > asked + 3)
        # It is not done yet: what its generators still say counts.
        assert scene.of(Noticed) == []
        b.writes(second(4), Reported("2", Stopped()), Exited("2", 1, ProcessExit(0)))
        b.ended = True
        await scene.until(lambda: scene.of(Noticed))
        assert [news.interval.second for news in scene.of(Collected)] == [4]
        # Its generators are forgotten: nobody hears of their end a second time.
        assert scene.of(Exited) == scene.of(Reported) == []
        assert scene.of(Noticed)[0].kind == "node_back"
        await scene.until(lambda: b.opened == 2)
        scene.fleet.start(Load("3", "generator", 2, 2, "run", "shop.py"))
        await scene.until(lambda: any(isinstance(order, Deploy) and order.load.generator == "3" for order in b.orders))
        await scene.fleet.close()

    asyncio.run(story())


def test_a_worker_that_was_started_anew_is_there_once() -> None:
    async def story() -> None:
        late: list[Machinery] = []

        async def roll() -> Any:
            arrived, late[:] = list(late), []
            return arrived, []

        scene = await Scene(roll).begin()
        a = scene.machines[0]
        a.cut = True
        await scene.while_(3.6)
        again = Machinery("a anew", scene.clock, address=a.machine.address)
        late.append(again)
        await scene.until(lambda: scene.of(Noticed))
        # The way to it that was there before leads to a station that knows of no run.
        a.parked = a.ended = True
        a.cut = False
        asked = len(a.promised)
        await scene.until(lambda: len(a.promised) > asked + 3)
        assert [news.kind for news in scene.of(Noticed)] == ["node_joined"]
        await scene.fleet.close()

    asyncio.run(story())


def test_a_machine_that_has_parked_by_itself_is_lost() -> None:
    async def story() -> None:
        scene = await Scene().begin()
        scene.machines[0].parked = True
        await scene.until(lambda: scene.of(NodeLost))
        assert scene.of(NodeLost)[0].why == (
            "it had stopped its users, for it was started anew or had not heard from the controller"
        )
        await scene.fleet.close()

    asyncio.run(story())


def test_a_generator_that_ended_is_told_and_its_machine_not_waited_for() -> None:
    async def story() -> None:
        scene = await Scene().begin()
        a, b = scene.machines
        b.writes(Exited("2", 4711, ProcessExit(-9)))
        await scene.until(lambda: scene.of(Exited))
        a.writes(second(0))
        await scene.until(lambda: scene.of(Collected))
        await scene.fleet.close()

    asyncio.run(story())


def test_without_any_machine_a_generator_can_not_be_started() -> None:
    async def story() -> None:
        scene = await Scene().begin()
        for machine in scene.machines:
            machine.cut = True
        await scene.while_(3.6)
        scene.told.clear()
        scene.fleet.start(Load("3", "generator", 2, 2, "run", "shop.py"))
        assert str(scene.of(Exited)[0].exit) == "no machine of the cluster is left to run it"
        await scene.fleet.close()

    asyncio.run(story())


def test_when_the_cluster_does_not_answer_either_it_is_lost_as_a_whole() -> None:
    async def story() -> None:
        gone = False

        async def roll() -> Any:
            if gone:
                raise OSError("nobody answers")
            return [], []

        scene = await Scene(roll).begin()
        await scene.while_(1)
        gone = True
        for machine in scene.machines:
            machine.cut = True
        await scene.while_(4.2)
        assert scene.of(NodeLost) == []
        (lost,) = scene.of(ClusterLost)
        assert lost.generators == ("1", "2")
        await scene.fleet.close()

    asyncio.run(story())


def test_who_joins_is_told_of_and_gets_a_generator_when_one_is_to_be_started() -> None:
    async def story() -> None:
        late: list[Machinery] = []

        async def roll() -> Any:
            arrived, late[:] = list(late), []
            return arrived, ["tcp://d lacks faker: install it there."] if arrived else []

        scene = await Scene(roll).begin()
        c = Machinery("c", scene.clock)
        late.append(c)
        await scene.until(lambda: scene.of(Noticed))
        unfit, joined = scene.of(Noticed)
        assert (unfit.kind, joined.kind) == ("node_unfit", "node_joined")
        assert unfit.text == "A worker has joined the cluster that can't take part: tcp://d lacks faker: install it there."
        assert c.orders == []
        scene.fleet.start(Load("3", "generator", 2, 2, "run", "shop.py"))
        await scene.until(lambda: c.orders)
        await scene.fleet.close()

    asyncio.run(story())
