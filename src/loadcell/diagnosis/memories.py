"""RunReader → what each worker held, by the requests it had served."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from loadcell.diagnosis import names
from loadcell.diagnosis.memory import Life, MemoryPoint
from loadcell.diagnosis.windows import Window, Windows
from loadcell.store import RunReader, StoredReading

LEAK_S = 55
"""Memory is only judged where the same load was held for about a minute, less what settles;"""
LOADS_S = 60
"""or several loads, one after another, for so long together,"""
SHORT_S = 2
"""each of which for so long."""
_CONSTANT = 0.1
"""A load is held where its end differs by no more than this from its beginning."""


def lives(reader: RunReader, chosen: Windows) -> tuple[Life, ...]:
    """What each worker held; one that took another's place is a life of its own. Empty where no load was held for long."""
    windows = watched_loads(reader, chosen)
    if not windows:
        return ()
    counted = _requests(reader)
    series = {
        signal: _by_worker(reader.readings(signal, since_s=windows[0].first + 0.5, until_s=windows[-1].last + 0.5))
        for signal in (names.WORKER_MEMORY, names.P_MALLOC, names.P_BLOCKS)
    }
    alive = Counter(second for found in series[names.WORKER_MEMORY].values() for second in found)
    shares = _sums((second, count / max(1, alive[second])) for second, count in counted[""])
    found = []
    for pid, begun in _begun(reader, series[names.WORKER_MEMORY]):
        requests = _sums(counted[pid]) if pid in counted else shares
        points = tuple(_points(pid, begun, windows, series, requests))
        if points:
            # A reading a second; the last one may be missing.
            ended = begun.stop < windows[-1].last - 1
            found.append(Life(pid=pid, points=points, seconds=float(len(points)), ended=ended))
    return tuple(found)


def watched_loads(reader: RunReader, chosen: Windows) -> list[Window]:
    """Over which loads memory is judged: one that was held for long, else all that were, if that is long enough."""
    held = [window for window in chosen.held if window.seconds >= SHORT_S and _is_constant(reader, window)]
    longest = max(held, key=lambda one: one.seconds, default=None)
    if longest is not None and longest.seconds >= LEAK_S:
        return [longest]
    return held if sum(window.seconds for window in held) >= LOADS_S else []


def _is_constant(reader: RunReader, window: Window) -> bool:
    """Whether the load was the same from beginning to end: some stages go from one to another."""
    starts = reader.starts_per_second() if window.rate is not None else None
    each = {second: due for second, (due, *_) in starts.items()} if starts else reader.users()
    counts = [each.get(second, 0) for second in range(window.first, window.last)]
    third = max(1, len(counts) // 3)
    first, last = statistics.fmean(counts[:third]), statistics.fmean(counts[-third:])
    return abs(last - first) <= _CONSTANT * max(first, last)


def _begun(reader: RunReader, memory: Mapping[str, Mapping[int, float]]) -> Iterator[tuple[str, range]]:
    """Each life as its pid and its seconds: a number that is given out again is another life."""
    starts: dict[str, list[int]] = {}
    for reading in reader.readings(names.WORKER_STARTED):
        starts.setdefault(reading.of, []).append(round(reading.at_s))
    for pid, found in memory.items():
        first, last = min(found), max(found) + 1
        borders = [first, *sorted(at for at in starts.get(pid, []) if first < at < last), last]
        yield from ((pid, range(begin, end)) for begin, end in pairwise(borders))


def _points(
    pid: str,
    begun: range,
    windows: Sequence[Window],
    series: Mapping[str, Mapping[str, Mapping[int, float]]],
    requests: Mapping[int, float],
) -> Iterator[MemoryPoint]:
    memory, malloc, blocks = (series[signal].get(pid, {}) for signal in series)
    for stretch, window in enumerate(windows):
        for second in range(window.first + 1, window.last + 1):
            if second in begun and second in memory and second in requests:
                yield MemoryPoint(
                    requests=requests[second],
                    memory_mb=memory[second],
                    malloc_mb=malloc.get(second),
                    blocks=blocks.get(second),
                    stretch=stretch,
                )


def _requests(reader: RunReader) -> dict[str, list[tuple[int, float]]]:
    """(end of the second, requests in it) in the order of time: by worker where a probe counts them, and of all under ""."""
    each: Counter[int] = Counter()
    for second, _, _, row in reader.seconds_per_entry():
        each[second + 1] += row.requests
    found: dict[str, list[tuple[int, float]]] = {"": sorted(each.items())}
    for pid, rates in _by_worker(reader.readings(names.P_FINISHED)).items():
        found[pid] = sorted(rates.items())
    return found


def _sums(counts: Iterable[tuple[int, float]]) -> dict[int, float]:
    """All up to each second."""
    total, found = 0.0, {}
    for second, count in counts:
        total += count
        found[second] = total
    return found


def _by_worker(readings: Iterable[StoredReading]) -> dict[str, dict[int, float]]:
    found: dict[str, dict[int, float]] = {}
    for reading in readings:
        found.setdefault(reading.of, {})[round(reading.at_s)] = reading.value
    return found
