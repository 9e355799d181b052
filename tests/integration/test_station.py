"""A node as it is on another machine, without a network: what it does when nobody speaks to it any more."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from loadcell.clock import ManualClock
from loadcell.messages import Begin, Go, Load, Log, Stop
from loadcell.nodes import mail, parcel
from loadcell.nodes.mail import Bag, Convey, Deploy, Halt, Order, bag_of
from loadcell.nodes.news import Exited, Reported
from loadcell.nodes.station import PARK_S, STARTING_S, Station
from loadcell.plan import Part, Plan

# Says what it gets, and stays until it is killed. It looks at no lease: what is seen here is the node's doing.
GENERATOR = """
import socket, sys
from loadcell.messages import Frames, Log, command_of, frame
link = socket.socket(fileno=int(sys.argv[2]))
frames = Frames()
while data := link.recv(65536):
    for body in frames.feed(data):
        name = type(command_of(body)).__name__
        link.sendall(frame(Log("INFO", "got", name, 0.0)))
        if name == "Begin":
            open("written", "w").write("x")
"""


class Scene:
    """A station that was opened, at 1000 s on its clock."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.station = Station([sys.executable, "-c", GENERATOR], self.clock)
        self.letters: list[Any] = []
        self.last = Bag(0, [])
        self.number = 0

    async def open(self, opening: str = "one") -> Scene:
        sent = parcel.Parcel({"/work/shop.py": b""}, ["/work/shop.py"], "/work", {}, [])
        await self.station.open(opening, mail.encoded(mail.Charge(parcel.encoded(sent), ("loadcell",))))
        return self

    async def order(self, *orders: Order, number: int = 0, opening: str = "one") -> None:
        self.number = number or self.number + 1
        await self.station.order(opening, self.number, mail.encoded(orders), self.clock.monotonic())

    async def hear(self, heard_at: float | None = None, opening: str = "one") -> Bag:
        at = self.clock.monotonic() if heard_at is None else heard_at
        self.last = bag_of(await self.station.hear(opening, self.last.last, at))
        self.letters += self.last.letters
        return self.last

    async def until(self, holds: Callable[[], Any], heard_at: float | None = None) -> None:
        for _ in range(40):
            if holds():
                return
            await self.hear(heard_at)
        raise AssertionError(self.letters)

    def got(self, name: str) -> int:
        """How often the generator said that it got this."""
        return sum(
            isinstance(one, Reported) and isinstance(one.report, Log) and one.report.text == name for one in self.letters
        )

    def has_exited(self) -> bool:
        return any(isinstance(one, Exited) for one in self.letters)


def is_there(path: Path) -> bool:
    return path.exists()


LOAD = Deploy(Load("1", "generator", 0, 1, "run", "shop.py"))
GO = Convey("1", Go(Plan.ramp(1, 1), [Part(0, 1)], 1000.0))


def story(of: Callable[[Scene], Any]) -> None:
    async def tell() -> None:
        scene = Scene()
        await scene.open()
        try:
            await of(scene)
        finally:
            await scene.station.close()

    asyncio.run(tell())


def test_users_are_stopped_2_s_after_the_last_bag_that_was_got() -> None:
    async def of(scene: Scene) -> None:
        await scene.order(LOAD, GO)
        await scene.until(lambda: scene.got("Go"))
        last = scene.clock.monotonic()
        scene.clock.advance(PARK_S - 0.1)
        # Questions come, and the answers don't arrive: they name the old moment again and again.
        assert not (await scene.hear(last)).parked
        scene.clock.advance(0.2)
        await scene.until(lambda: scene.got("Stop"), last)
        assert scene.last.parked
        assert not scene.last.ended
        scene.clock.advance(0.5)
        await scene.until(lambda: scene.last.ended, last)
        assert scene.has_exited()
        # What is heard now comes too late.
        scene.clock.advance(0.1)
        assert (await scene.hear()).parked

    story(of)


def test_as_long_as_bags_are_got_users_stay() -> None:
    async def of(scene: Scene) -> None:
        await scene.order(LOAD, GO)
        for _ in range(5):
            scene.clock.advance(PARK_S - 0.1)
            assert not (await scene.hear()).parked

    story(of)


def test_before_the_load_it_has_more_patience() -> None:
    async def of(scene: Scene) -> None:
        await scene.order(LOAD)
        last = scene.clock.monotonic()
        scene.clock.advance(STARTING_S - 0.1)
        assert not (await scene.hear(last)).parked
        scene.clock.advance(0.2)
        await scene.until(lambda: scene.last.parked, last)

    story(of)


def test_told_that_it_is_lost_it_stops_its_users_whatever_its_clock_says() -> None:
    async def of(scene: Scene) -> None:
        await scene.order(LOAD, GO)
        await scene.until(lambda: scene.got("Go"))
        await scene.station.park("one")
        await scene.until(lambda: scene.got("Stop"), 0.0)
        scene.clock.advance(0.5)
        await scene.until(lambda: scene.last.ended, 0.0)

    story(of)


def test_orders_are_carried_out_once() -> None:
    async def of(scene: Scene) -> None:
        await scene.order(LOAD)
        for _ in range(3):
            await scene.order(Convey("1", Begin()), number=2)
        await scene.order(Convey("1", Stop(0.0)), number=3)
        await scene.until(lambda: scene.got("Stop"))
        assert scene.got("Begin") == 1

    story(of)


def test_what_was_sent_for_another_opening_is_refused() -> None:
    async def of(scene: Scene) -> None:
        await scene.order(LOAD)
        await scene.open("two")
        for late in (scene.order(LOAD), scene.hear(), scene.station.park("one")):
            with pytest.raises(RuntimeError, match="not opened for that"):
                await late
        scene.last = Bag(0, [])
        # The new one begins at the beginning.
        await scene.order(LOAD, Convey("1", Begin()), number=1, opening="two")
        for _ in range(20):
            if scene.got("Begin"):
                break
            await scene.hear(opening="two")
        assert scene.got("Begin") == 1

    story(of)


@pytest.mark.parametrize("parks", [False, True])
def test_a_folder_with_files_of_the_scenario_stays_and_is_named(parks: bool) -> None:
    async def of(scene: Scene) -> None:
        await scene.order(LOAD, Convey("1", Begin()))
        await scene.until(lambda: scene.got("Begin"))
        folder = Path(scene.station._folder)
        await scene.until((folder / "work" / "written").exists)
        if parks:
            await scene.station.park("one")
            scene.clock.advance(0.5)
            await scene.until(lambda: scene.last.ended, 0.0)
            # Opened anew for the same run, as a machine that is back.
            await scene.open("two")
        assert str(folder) in (await scene.station.close())
        assert (folder / "work" / "written").exists()

    story(of)


def test_without_such_files_the_folder_is_gone() -> None:
    async def of(scene: Scene) -> None:
        await scene.order(LOAD, Halt("1"))
        folder = Path(scene.station._folder)
        assert await scene.station.close() == ""
        assert not is_there(folder)

    story(of)


def test_a_parcel_that_is_broken_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    sent = parcel.Parcel({"/work/a": b"x", "relative": b""}, [], "/work", {}, [])

    async def tell() -> None:
        station = Station()
        with pytest.raises(ValueError, match="a parcel holds the path relative"):
            await station.open("one", mail.encoded(mail.Charge(parcel.encoded(sent), ())))
        await station.close()

    asyncio.run(tell())
    assert list(tmp_path.iterdir()) == []
