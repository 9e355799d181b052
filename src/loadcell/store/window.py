"""Percentiles of a set of latencies that changes all the time."""

from __future__ import annotations

from collections import defaultdict

from loadcell.histogram import Histogram, middle_of

_BLOCK_BITS = 7


class RollingLatency:
    """Latencies that come and go: cheap to add to, to take from, and to ask for percentiles.

    Counts are summed per block of 128 buckets as well, so a percentile looks at a few blocks and sorts within one.
    """

    __slots__ = ("_blocks", "_sums", "total")

    def __init__(self) -> None:
        self._blocks: defaultdict[int, dict[int, int]] = defaultdict(dict)
        self._sums: defaultdict[int, int] = defaultdict(int)
        self.total = 0

    def add(self, histogram: Histogram) -> None:
        """Count everything in `histogram`."""
        for bucket, count in histogram.counts.items():
            key = bucket >> _BLOCK_BITS
            block = self._blocks[key]
            block[bucket] = block.get(bucket, 0) + count
            self._sums[key] += count
            self.total += count

    def remove(self, histogram: Histogram) -> None:
        """Take away a histogram that was added before."""
        for bucket, count in histogram.counts.items():
            key = bucket >> _BLOCK_BITS
            block = self._blocks[key]
            block[bucket] -= count
            if not block[bucket]:
                del block[bucket]
            self._sums[key] -= count
            self.total -= count

    def percentile_ms(self, percent: float) -> float | None:
        """The latency in ms that `percent` % do not exceed (nearest rank); None when there is none."""
        return self.percentiles_ms((percent,))[0]

    def percentiles_ms(self, percents: tuple[float, ...]) -> list[float | None]:
        """Several percentiles in one pass; `percents` ascending."""
        if not self.total:
            return [None] * len(percents)
        found: list[float | None] = []
        ranks = [max(1, min(self.total, -int(-(self.total * p / 100 - 1e-9) // 1))) for p in percents]
        # One more, which no count reaches, so that the loops need not look whether any is left.
        waiting = iter((*ranks, self.total + 1))
        rank, seen = next(waiting), 0
        for key in sorted(self._sums):
            if seen + self._sums[key] < rank:
                seen += self._sums[key]
                continue
            for bucket, count in sorted(self._blocks[key].items()):
                seen += count
                while seen >= rank:
                    found.append(middle_of(bucket) / 1000)
                    rank = next(waiting)
        return found
