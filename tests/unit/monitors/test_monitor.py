"""A source that fails is told once and tried again, at growing distances."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from loadcell.clock import ManualClock
from loadcell.errors import MonitorError
from loadcell.monitors.monitor import Watched
from loadcell.monitors.reading import Batch, Fact, Reading, Sight, Trouble, Unseen


class Scripted:
    """Fails as it is told to, and counts what is asked of it."""

    source = "scripted"

    def __init__(self) -> None:
        self.opening: Exception | None = None
        self.reading: Exception | None = None
        self.sights: list[Sight] = [Reading("host_cpu", 12.5)]
        self.calls: list[str] = []

    def open(self) -> None:
        self.calls.append("open")
        if self.opening:
            raise self.opening

    def read(self, now: float) -> Iterable[Sight]:
        self.calls.append("read")
        yield from self.sights
        if self.reading:
            raise self.reading

    def close(self) -> None:
        self.calls.append("close")


def test_it_is_opened_once_and_then_read() -> None:
    monitor, clock = Scripted(), ManualClock()
    watched = Watched(monitor, clock)
    assert [watched.read(at).readings for at in (1.0, 2.0)] == [[Reading("host_cpu", 12.5)]] * 2
    assert monitor.calls == ["open", "read", "read"]


def test_a_failure_is_told_once_and_so_is_its_end() -> None:
    monitor = Scripted()
    watched = Watched(monitor, ManualClock())
    monitor.opening = MonitorError("Nobody is there", "Start it.")
    troubles = [watched.read(float(at)).trouble for at in range(20)]
    assert troubles == [Trouble("Nobody is there", "Start it."), *[None] * 19]
    assert monitor.calls.count("open") == 5, "at 0, 1, 3, 7 and 15 s"
    monitor.opening = None
    troubles = [watched.read(float(at)).trouble for at in range(20, 40)]
    assert [each for each in troubles if each] == [Trouble("scripted can be read again", over=True)]


def test_another_failure_after_it_was_over_is_told_again() -> None:
    monitor = Scripted()
    watched = Watched(monitor, ManualClock())
    told = []
    for at in range(12):
        monitor.reading = OSError("lost") if at % 4 == 0 else None
        told.append(watched.read(float(at)).trouble)
    assert [each.over for each in told if each] == [False, True] * 3


def test_what_nobody_expected_is_one_sentence_without_passwords() -> None:
    monitor = Scripted()
    monitor.reading = KeyError("postgresql://anna:hunter2@db/shop\nis odd")
    batch = Watched(monitor, ManualClock()).read(0.0)
    assert batch.trouble is not None
    assert "hunter2" not in batch.trouble.message
    assert "\n" not in batch.trouble.message
    assert batch.readings == [], "half a second is none"
    assert monitor.calls == ["open", "read", "close"]


def test_what_cannot_be_seen_and_facts_are_told_once() -> None:
    monitor = Scripted()
    watched = Watched(monitor, ManualClock())
    monitor.sights = [Fact("db_version", "15.18"), Unseen("statements", "Create the extension.")]
    first, second = watched.read(0.0), watched.read(1.0)
    assert (first.facts, first.unseen) == ([monitor.sights[0]], [monitor.sights[1]])
    assert not second.says_something
    monitor.sights = [Fact("db_version", "18.4")]
    assert watched.read(2.0).facts == [Fact("db_version", "18.4")]


def test_a_trouble_of_a_part_is_told_beside_the_readings() -> None:
    monitor = Scripted()
    watched = Watched(monitor, ManualClock())
    monitor.sights = [Reading("host_cpu", 12.5), Trouble("One of two is silent")]
    batch = watched.read(0.0)
    assert (batch.readings, batch.trouble) == ([Reading("host_cpu", 12.5)], Trouble("One of two is silent"))
    monitor.reading = MonitorError("All are")
    batch = watched.read(1.0)
    assert (batch.readings, batch.trouble) == ([], Trouble("All are"))
    assert not watched.read(2.0).says_something, "told already"


def test_a_batch_crosses_a_process_border() -> None:
    batch = Batch("host", 12.0, 1.5, [Reading("disk_read", 2.0, "vda")], [Fact("a", "b")], [Unseen("c", "d")], Trouble("e"))
    there = msgspec.msgpack.decode(msgspec.msgpack.encode(batch), type=Batch)
    assert there == batch
    assert there.readings[0].unit == "MB/s"
