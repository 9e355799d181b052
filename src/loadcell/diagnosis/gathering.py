"""RunReader → situations: the only part of the diagnosis that reads a run file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import msgspec

from loadcell.diagnosis import names
from loadcell.diagnosis.memories import lives
from loadcell.diagnosis.situation import Client, Failure, Level, Situation, values_of
from loadcell.diagnosis.windows import Window, Windows, windows_of
from loadcell.store import RunReader, StoredReading
from loadcell.validity import LEAD

LONGEST_S = 300
"""Of a load that was held longer, so much of its end is judged."""
_MOST_FAILURES = 5


def windows(reader: RunReader, until_s: float | None = None) -> Windows:
    """Which seconds of the run to compare; as if it had ended at `until_s`, where that is given."""
    capacity = reader.capacity
    stopping = next((event.at_s for event in reader.events() if event.kind == "stopping"), reader.duration_s)
    end_s = min(stopping, reader.duration_s)
    stages = reader.stages()
    if until_s is not None:
        end_s = min(end_s, until_s)
        stages = [msgspec.structs.replace(one, end_s=min(one.end_s, end_s)) for one in stages if one.start_s < end_s]
    return windows_of(stages, reader.users(), end_s=end_s, capacity=None if capacity is None else capacity.load)


def situations(reader: RunReader, chosen: Windows) -> Iterator[tuple[Situation, Sequence[Situation]]]:
    """Each high load beside the low one, as a whole and in halves."""
    low = level(reader, chosen.low, "low") if chosen.low else None
    if low is not None and not low.client.requests:
        low = None
    memory = lives(reader, chosen)
    for held in chosen.highs:
        window = held.latest(LONGEST_S)
        readings = _readings(reader, window)
        high = level(reader, window, "high", readings)
        if not high.client.requests and not high.stands_still:
            continue
        whole = Situation(
            high=high,
            low=low,
            failures=_failures(reader, window),
            restarts=_restarts(reader, window),
            memory=memory,
        )
        halves = [Situation(high=level(reader, half, "high", readings), low=low) for half in window.halves()]
        yield whole, halves


def level(reader: RunReader, window: Window, name: str, readings: Sequence[StoredReading] | None = None) -> Level:
    """One load as the client and the monitors saw it; `readings` are at least those of its seconds, if they are known."""
    known = _readings(reader, window) if readings is None else readings
    means, peaks = values_of(one for one in known if window.first < one.at_s - 0.5 <= window.last)
    health = [row for row in reader.health() if window.first <= row.second < window.last and row.generator != LEAD]
    busy: dict[str, list[float]] = {}
    for row in health:
        busy.setdefault(row.generator, []).append(row.cpu)
    cpu = [sum(found) / len(found) for found in busy.values()]
    return Level(
        name=name,
        load=load_text(window),
        span=(window.first, window.last),
        client=_client(reader, window),
        means=means,
        peaks=peaks,
        generator_cpu=max(cpu, default=None),
        generators_cpu=sum(cpu) if _share_cores(reader) else 0.0,
        generators=max(1, len(cpu)),
    )


def _share_cores(reader: RunReader) -> bool:
    """Whether the generators run on the machine that was read, as far as is known."""
    agents = reader.environment["target"].get("agents", {}).values()
    return not agents or any(agent.get("same_machine") for agent in agents)


def load_text(window: Window) -> str:
    """A load in words, and where in the run it was.

    >>> load_text(Window("load", 3, 13, users=20))
    '20 users (load, 3 … 13 s)'
    """
    return f"{load_words(window)} ({window.phase}, {window.first} … {window.last} s)"


def load_words(window: Window) -> str:
    """A load in words.

    >>> load_words(Window("load", 3, 13, rate=20.0))
    '20/s'
    """
    if window.rate is not None:
        return f"{window.rate:g}/s"
    return "1 user" if window.users == 1 else f"{window.users or 0:g} users"


def _readings(reader: RunReader, window: Window) -> list[StoredReading]:
    # What is read at the end of a second tells of that second.
    return reader.readings(since_s=window.first + 0.5, until_s=window.last + 0.5)


def _client(reader: RunReader, window: Window) -> Client:
    total = reader.total(window.first, window.last)
    # Failures may be answered at once: what the service feels shows in what it serves.
    times = total.ok if total.ok.counts else total.latency
    p50, p95, p99 = (us and us / 1000 for us in times.percentiles((50, 95, 99)))
    mean = total.avg_us
    return Client(
        seconds=float(window.seconds),
        requests=total.requests,
        failures=total.failures,
        mean=mean and mean / 1000,
        p50=p50,
        p95=p95,
        p99=p99,
    )


def _failures(reader: RunReader, window: Window) -> tuple[Failure, ...]:
    found: Counter[str] = Counter()
    for second, error, occurrences in reader.error_seconds():
        if window.first <= second < window.last:
            found[error] += occurrences
    entries = {error.error: f"{error.method} {error.name}".strip() for error in reversed(reader.errors())}
    return tuple(
        Failure(error=error, occurrences=count, entry=entries.get(error, ""))
        for error, count in found.most_common(_MOST_FAILURES)
    )


def _restarts(reader: RunReader, window: Window) -> tuple[str, ...]:
    """Workers that went away up to the end of the high load; those that go when the run ends are stopped by somebody."""
    gone = reader.readings(names.WORKER_GONE, until_s=window.last + 0.5)
    return tuple(reading.of for reading in gone if reading.at_s > 0.5)
