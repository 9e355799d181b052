"""Sources are read at the same moments, and one that hangs delays no other. Real threads, with seconds of 20 ms."""

from __future__ import annotations

import threading
from collections.abc import Iterable

import pytest

from loadcell.clock import SystemClock
from loadcell.monitors.reading import Batch, Reading, Sight
from loadcell.monitors.watch import Watch, boundary_after

SECOND = 0.02
PATIENCE_S = 30.0


class Source:
    """Has something to say at once, or when it is let go."""

    def __init__(self, source: str, hangs: bool = False) -> None:
        self.source = source
        self.free = threading.Event()
        self.closed = threading.Event()
        if not hangs:
            self.free.set()

    def open(self) -> None:
        pass

    def read(self, now: float) -> Iterable[Sight]:
        self.free.wait(PATIENCE_S)
        return [Reading("host_cpu", now)]

    def close(self) -> None:
        self.closed.set()


class Heard:
    """Batches, and a way to wait for some."""

    def __init__(self) -> None:
        self.batches: list[Batch] = []
        self._news = threading.Condition()

    def __call__(self, batch: Batch) -> None:
        with self._news:
            self.batches.append(batch)
            self._news.notify_all()

    def of(self, source: str) -> list[Batch]:
        return [batch for batch in self.batches if batch.source == source]

    def wait_for(self, source: str, number: int) -> list[Batch]:
        with self._news:
            assert self._news.wait_for(lambda: len(self.of(source)) >= number, PATIENCE_S), f"{number} of {source}"
            return self.of(source)


@pytest.mark.parametrize(
    ("origin", "now", "boundary"), [(100.0, 100.0, 101.0), (100.25, 103.9, 104.25), (100.0, 99.5, 100.0), (0.0, 7.0, 8.0)]
)
def test_boundaries(origin: float, now: float, boundary: float) -> None:
    assert boundary_after(origin, 1.0, now) == boundary


def test_all_sources_are_read_for_the_same_seconds_of_the_run() -> None:
    heard = Heard()
    watch = Watch([Source("a"), Source("b")], heard, SystemClock(), period_s=SECOND)
    origin = SystemClock().monotonic()
    watch.start(origin)
    heard.wait_for("a", 6)
    heard.wait_for("b", 6)
    watch.stop()
    for source in ("a", "b"):
        seconds = [(batch.at - origin) / SECOND for batch in heard.of(source)[1:]]
        assert seconds == pytest.approx([round(second) for second in seconds]), "no drift"
        assert len(set(seconds)) == len(seconds)


def test_a_source_that_hangs_is_told_of_and_delays_no_other() -> None:
    heard = Heard()
    slow, fast = Source("slow", hangs=True), Source("fast")
    watch = Watch([slow, fast], heard, SystemClock(), period_s=SECOND)
    watch.start()
    heard.wait_for("fast", 8)
    (late,) = heard.wait_for("slow", 1)
    assert late.trouble is not None
    assert late.trouble.message.startswith("slow has not answered for")
    slow.free.set()
    _, back = heard.wait_for("slow", 2)[:2]
    assert back.trouble is not None
    assert back.trouble.over
    assert back.readings
    watch.stop()
    assert slow.closed.is_set()
    assert fast.closed.is_set()


def test_the_end_does_not_wait_for_a_source_that_hangs() -> None:
    slow, fast = Source("slow", hangs=True), Source("fast")
    watch = Watch([slow, fast], Heard(), SystemClock(), period_s=SECOND)
    watch.start()
    watch.stop(patience_s=0.1)
    assert fast.closed.wait(PATIENCE_S)
    assert not slow.closed.is_set()
    slow.free.set()
    assert slow.closed.wait(PATIENCE_S), "it puts its things away when it can"
