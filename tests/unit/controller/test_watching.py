"""What monitors say, on the clock of the run: numbers, what can't be seen, troubles; and seconds in order."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from loadcell.clock import SystemClock
from loadcell.controller.watching import Watching, readings_of, sights_of, trouble_of
from loadcell.monitors.reading import Batch, Fact, Reading, Sight, Trouble, Unseen
from loadcell.store import StoredReading, StoredSight


def test_readings_come_on_the_clock_of_the_run() -> None:
    batch = Batch("processes", 105.0, readings=[Reading("worker_cpu", 71.5, "4711")])
    assert readings_of(batch, 100.0) == [StoredReading(5.0, "processes", "worker_cpu", 71.5, "%", "4711")]


def test_facts_and_what_cannot_be_seen_are_kept() -> None:
    batch = Batch("PostgreSQL", 101.0, facts=[Fact("version", "15.18")], unseen=[Unseen("statements", "create …")])
    assert sights_of(batch, 100.0) == [
        StoredSight(1.0, "PostgreSQL", "fact", "version", "15.18"),
        StoredSight(1.0, "PostgreSQL", "unseen", "statements", "create …"),
    ]


def test_a_source_that_fails_is_an_event_and_so_is_its_return() -> None:
    failed = trouble_of(Batch("PostgreSQL", 0.0, trouble=Trouble("PostgreSQL can't be read", "Check the DSN.")), 3.0)
    assert failed is not None
    assert (failed.level, failed.text) == ("warning", "PostgreSQL can't be read. Check the DSN.")
    back = trouble_of(Batch("PostgreSQL", 0.0, trouble=Trouble("it can be read again", over=True)), 5.0)
    assert back is not None
    assert (back.level, back.kind) == ("info", "monitor_back")
    assert trouble_of(Batch("PostgreSQL", 0.0), 5.0) is None


class Steady:
    """A source that always says the same."""

    source = "steady"

    def open(self) -> None:
        """Nothing to get ready."""

    def read(self, now: float) -> Iterable[Sight]:
        return [Reading("host_cpu", 40.0)]

    def close(self) -> None:
        """Nothing to give back."""


def test_what_was_read_until_the_stop_is_given_second_by_second() -> None:
    async def watch() -> tuple[list[Batch], list[tuple[int, dict[str, float]]]]:
        clock, heard, found = SystemClock(), list[Batch](), list[tuple[int, dict[str, float]]]()
        watching = Watching(clock.monotonic(), clock, heard.append)
        watching.watch([Steady()])
        async with asyncio.timeout(30):
            while len(heard) < 3:
                await asyncio.sleep(0.05)
                found += watching.seconds()
        await watching.stop()
        return heard, found + watching.seconds(all_of_them=True)

    heard, found = asyncio.run(watch())
    assert {batch.source for batch in heard} == {"steady"}
    # The first look, before the first second is over, tells of none.
    assert [second for second, _ in found] == list(range(len(heard) - 1))
    assert all(signals == {"host_cpu": 40.0} for _, signals in found)
