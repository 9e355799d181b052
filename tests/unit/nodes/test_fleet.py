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
        self.promised: list[tuple[float, float]] = []
        """What it was told of the last bag that was got, on its own clock; and when, here."""
        self.told_to_park = 0
        self.numbers: list[int] = []
        """Of the orders that came, those that were said twice among them."""
        self.cut = False
        self.deaf = False
        """Whether it takes orders and letters go out, and the answers are lost on the way."""
        self.parked = self.ended = self.refuses = False
        self.opened = 0
        self._bags: asyncio.Queue[None] = asyncio.Queue()
        self._letters: list[Letter] = []
        self._opening = ""

    def writes(self, *letters: Letter) -> None:
        self._letters += letters
        self._bags.put_nowait(None)

    async def now(self) -> float:
        await self._way()
        return self.clock.monotonic() + self.ahead_s

    async def open(self, opening: str, charge: bytes) -> None:
        await self._way()
        if self.refuses:
            raise OSError("the disk is full")
        assert opening != self._opening
        self._opening = opening
        self.opened += 1
        self.parked = self.ended = False
        self._letters, self.numbers = [], []

    async def order(self, opening: str, number: int, body: bytes, heard_at: float) -> None:
        await self._way()
        assert opening == self._opening
        if number not in self.numbers:
            self.orders += orders_of(body)
        self.numbers.append(number)
        if self.deaf:
            raise OSError("the answer was lost")

    async def park(self, opening: str) -> None:
        await self._way()
        self.told_to_park += 1

    async def hear(self, opening: str, after: int, heard_at: float) -> bytes:
        self.promised.append((heard_at, self.clock.monotonic()))
        await self._way()
        try:
            async with asyncio.timeout(0.02):
                await self._bags.get()
        except TimeoutError:
            pass
        await self._way()
        if self.deaf:
            raise OSError("the answer was lost")
        now = self.clock.monotonic() + self.ahead_s
        bag = Bag(len(self._letters), self._letters[after:], now, self.parked, self.ended)
        return encoded_bag(bag)

    async def close(self) -> str:
        await self._way()
        return ""

    async def _way(self) -> None:
        while self.cut:  # noqa: ASYNC110 - a test sets it at any time
            await asyncio.sleep(0.01)

    def commands(self, kind: type[Command]) -> list[Any]:
        return [order.command for order in self.orders if isinstance(order, Convey) and isinstance(order.command, kind)]


class Roll:
    """A cluster that machines join."""

    def __init__(self) -> None:
        self.gone = False
        self._fresh: list[str] = []
        self._known: dict[str, tuple[Machinery, bool, str]] = {}

    def joins(self, machine: Machinery, *, slow: bool = False, unfit: str = "") -> Machinery:
        self._fresh.append(machine.machine.address)
        self._known[machine.machine.address] = machine, slow, unfit
        return machine

    async def newcomers(self) -> list[str]:
        if self.gone:
            raise OSError("nobody answers")
        fresh, self._fresh = self._fresh, []
        return fresh

    async def meet(self, address: str) -> Machinery:
        machine, slow, unfit = self._known[address]
        if slow:
            await asyncio.Event().wait()
        if unfit:
            raise RuntimeError(unfit)
        return machine


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


def test_a_second_waits_for_a_lead_that_the_machines_are_ahead_of() -> None:
    async def story() -> None:
        scene = await Scene().begin()
        scene.fleet.expect_lead()
        for machine in scene.machines:
            machine.writes(second(0, users=1))
        await scene.while_(0.5)
        assert scene.of(Collected) == []
        scene.fleet.hear_lead(second(0, users=0))
        await scene.until(lambda: scene.of(Collected))
        assert [news.interval.users for news in scene.of(Collected)] == [2]
        await scene.fleet.close()

    asyncio.run(story())


def test_orders_are_carried_out_once_though_no_answer_comes() -> None:
    async def story() -> None:
        scene = await Scene().begin()
        scene.machines[0].deaf = True
        scene.fleet.send("1", Stop(0.0))
        await scene.until(lambda: scene.machines[0].commands(Stop))
        await scene.until(lambda: len(scene.machines[0].numbers) > 3)
        # Said again and again, and always under the number by which a station knows it.
        assert len(set(scene.machines[0].numbers)) <= 3
        assert scene.machines[0].numbers[-1] == scene.machines[0].numbers[-2]
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
        silent_from = scene.clock.monotonic()
        await scene.while_(2.6)
        assert scene.of(NodeLost) == []
        await scene.while_(1.0)
        assert scene.of(NodeLost) == [NodeLost("b", ("2",), 1, "nothing was heard of it for 3 s")]
        # When it hears again it is told to stop, and nothing that it hears lets it go on.
        b.cut = False
        await scene.until(lambda: b.told_to_park)
        asked = len(b.promised)
        await scene.until(lambda: len(b.promised) > asked + 5)
        assert max(heard_at for heard_at, _ in b.promised) <= silent_from
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
        roll = Roll()
        scene = await Scene(roll).begin()
        a = scene.machines[0]
        a.cut = True
        await scene.while_(3.6)
        roll.joins(Machinery("a anew", scene.clock, address=a.machine.address))
        await scene.until(lambda: scene.of(Noticed))
        # The way to it that was there before leads to a station that knows of no run.
        a.parked = a.ended = True
        a.cut = False
        asked = len(a.promised)
        await scene.until(lambda: len(a.promised) > asked + 3)
        assert [news.kind for news in scene.of(Noticed)] == ["node_joined"]
        await scene.fleet.close()

    asyncio.run(story())


def test_the_users_of_a_machine_that_stops_them_by_itself_are_given_away_when_they_are_gone() -> None:
    async def story() -> None:
        scene = await Scene(ahead_s=7200.0).begin()
        b = scene.machines[1]
        b.parked = True
        asked = len(b.promised)
        await scene.until(lambda: len(b.promised) > asked + 3)
        assert scene.of(NodeLost) == []
        b.writes(second(0), Reported("2", Stopped()), Exited("2", 1, ProcessExit(0)))
        b.ended = True
        await scene.until(lambda: scene.of(NodeLost))
        assert scene.of(NodeLost) == [
            NodeLost("b", ("2",), 0, "it had not heard from the controller, and stopped its users")
        ]
        assert scene.of(Exited) == []
        await scene.until(lambda: b.opened == 2)
        await scene.fleet.close()

    asyncio.run(story())


def test_a_machine_is_told_its_own_time_of_what_was_heard_of_it() -> None:
    async def story() -> None:
        scene = await Scene(ahead_s=7200.0).begin()
        b = scene.machines[1]
        await scene.while_(1)
        # Its clock is turned forward by an hour: a machine that was suspended, or one that is wrong.
        b.ahead_s += 3600.0
        await scene.while_(1)
        heard_at, asked_at = b.promised[-1]
        assert asked_at + b.ahead_s - heard_at <= 0.5
        await scene.fleet.close()

    asyncio.run(story())


def test_what_can_not_be_dealt_with_gives_nobodys_users_away_before_the_time() -> None:
    async def story() -> None:
        scene = await Scene().begin()
        b = scene.machines[1]
        scene.fleet._gathering.add = _refuse  # type: ignore[method-assign]
        b.writes(second(0))
        await scene.until(lambda: scene.fleet._posts[1].flaw)
        await scene.while_(2.4)
        assert scene.of(NodeLost) == []
        await scene.while_(1)
        assert [news.node for news in scene.of(NodeLost)] == ["b"]
        await scene.fleet.close()

    asyncio.run(story())


def _refuse(*_: Any) -> None:
    raise ValueError("broken")


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
        (lost,) = scene.of(ClusterLost)
        assert lost.why in {f"its last machine, {name}, was lost: nothing was heard of it for 3 s" for name in ("a", "b")}
        scene.fleet.start(Load("3", "generator", 2, 2, "run", "shop.py"))
        assert str(scene.of(Exited)[0].exit) == "no machine of the cluster is left to run it"
        await scene.fleet.close()

    asyncio.run(story())


def test_when_the_cluster_does_not_answer_either_it_is_lost_as_a_whole() -> None:
    async def story() -> None:
        roll = Roll()
        scene = await Scene(roll).begin()
        await scene.while_(1)
        roll.gone = True
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
        roll = Roll()
        scene = await Scene(roll).begin()
        c = roll.joins(Machinery("c", scene.clock))
        await scene.until(lambda: scene.of(Noticed))
        assert [news.text for news in scene.of(Noticed)] == [
            "c has joined the cluster. It stands by, in case that a machine is lost."
        ]
        assert c.orders == []
        scene.fleet.start(Load("3", "generator", 2, 2, "run", "shop.py"))
        await scene.until(lambda: c.orders)
        await scene.fleet.close()

    asyncio.run(story())


@pytest.mark.parametrize("kind", ["unfit", "never answers", "can't be opened"])
def test_who_joins_and_can_not_take_part_is_told_of_and_holds_nobody_up(kind: str) -> None:
    async def story() -> None:
        roll = Roll()
        scene = await Scene(roll).begin()
        c = Machinery("c", scene.clock)
        c.refuses = kind == "can't be opened"
        roll.joins(c, slow=kind == "never answers", unfit="it lacks faker." if kind == "unfit" else "")
        await scene.while_(4)
        assert scene.of(ClusterLost) == scene.of(NodeLost) == []
        told = [news.text for news in scene.of(Noticed)]
        assert (
            told
            == {
                "unfit": ["tcp://c:1 has joined the cluster. It can't take part: it lacks faker."],
                "never answers": [],
                "can't be opened": ["c has joined the cluster. It can't take part: the disk is full"],
            }[kind]
        )
        await scene.fleet.close()

    asyncio.run(story())
