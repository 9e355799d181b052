"""A latency histogram: integer microseconds in, percentiles within 0.1 % or 0.5 µs out.

Log-linear buckets, as in HdrHistogram (Tene): 1,024 equal buckets in each power of two, so a bucket is at most 1/1024
of its value wide, and its middle at most 1/2048 away from any value in it. Below 2,048 µs every microsecond has a bucket
of its own. Counts are kept sparse, so an entry with few distinct latencies costs little.
"""

from __future__ import annotations

import importlib
import sys
from array import array
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import pairwise
from typing import Any

SUB_BITS = 10
_EXACT_BELOW = 1 << (SUB_BITS + 1)
_FORMAT = 1
_NARROW, _WIDE = 0, 1
MANY = 64
"""From how many histograms on they are merged all at once: below, that takes longer."""


def bucket_of(us: int) -> int:
    """The index of the bucket that holds `us` microseconds; negative values count as 0."""
    if us < _EXACT_BELOW:
        return us if us > 0 else 0
    shift = us.bit_length() - SUB_BITS - 1
    return (shift << SUB_BITS) + (us >> shift)


def middle_of(bucket: int) -> float:
    """The value that stands for a bucket, in microseconds: the middle of the integers it holds."""
    if bucket < _EXACT_BELOW:
        return float(bucket)
    shift = (bucket >> SUB_BITS) - 1
    low = (bucket - (shift << SUB_BITS)) << shift
    return low + ((1 << shift) - 1) / 2


def rank_of(total: int, percent: float) -> int:
    """Which of so many values, in their order, is the percentile: the nearest rank, ceil(n·p), at least the first."""
    # The small term undoes float noise such as 0.95 × 100.
    return max(1, min(total, -int(-(total * percent / 100 - 1e-9) // 1)))


class Histogram:
    """Counts of latencies. Merging is exact, and associative and commutative down to the bytes."""

    __slots__ = ("counts",)

    def __init__(self) -> None:
        self.counts: defaultdict[int, int] = defaultdict(int)

    def record(self, us: int) -> None:
        """Count one latency, in microseconds."""
        self.counts[bucket_of(us)] += 1

    def record_all(self, times: list[int]) -> None:
        """Count many latencies, in microseconds."""
        counts = self.counts
        for us in times:
            # bucket_of, written out: this loop runs once a request.
            if us < 2048:
                counts[us if us > 0 else 0] += 1
            else:
                shift = us.bit_length() - 11
                counts[(shift << 10) + (us >> shift)] += 1

    @property
    def total(self) -> int:
        """How many latencies were counted."""
        return sum(self.counts.values())

    def merge(self, other: Histogram) -> None:
        """Add the other's counts to this one's."""
        counts = self.counts
        for bucket, count in other.counts.items():
            counts[bucket] += count

    def merge_bytes(self, data: bytes) -> None:
        """Add the counts of a histogram in its byte form. ValueError if the bytes are none."""
        counts = self.counts
        for bucket, count in _decode(data):
            counts[bucket] += count

    def clear(self) -> None:
        self.counts.clear()

    def percentile(self, percent: float) -> float | None:
        """The latency in µs that `percent` % of the counted ones do not exceed (nearest rank); None when empty."""
        return self.percentiles((percent,))[0]

    def percentiles(self, percents: tuple[float, ...]) -> list[float | None]:
        """Several percentiles in one pass, in the order asked."""
        total = self.total
        if not total:
            return [None] * len(percents)
        ranks = [rank_of(total, percent) for percent in percents]
        found: dict[int, float] = {}
        waiting = sorted(set(ranks))
        seen = 0
        for bucket, count in sorted(self.counts.items()):
            seen += count
            while waiting and seen >= waiting[0]:
                found[waiting.pop(0)] = middle_of(bucket)
            if not waiting:
                break
        return [found[rank] for rank in ranks]

    def buckets(self) -> Iterator[tuple[float, int]]:
        """(latency in µs, count), ascending: for charts."""
        for bucket, count in sorted(self.counts.items()):
            yield middle_of(bucket), count

    def to_bytes(self) -> bytes:
        """A canonical form: equal counts give equal bytes. Empty histograms give b""."""
        if not self.counts:
            return b""
        # Column by column, without a tuple for each pair: the generator's hub stands still for as long as this takes.
        buckets = sorted(self.counts)
        counts = [self.counts[bucket] for bucket in buckets]
        # Narrow, two 16-bit columns, is what a second of load needs; wide serves merged and extreme ones.
        narrow = buckets[-1] <= 0xFFFF and max(counts) <= 0xFFFF
        code = "H" if narrow else "Q"
        columns = array(code, buckets) + array(code, counts)
        if sys.byteorder == "big":
            columns.byteswap()
        return bytes((_FORMAT, _NARROW if narrow else _WIDE)) + columns.tobytes()

    @classmethod
    def from_bytes(cls, data: bytes) -> Histogram:
        """The histogram that `to_bytes` wrote. ValueError if the bytes are none."""
        histogram = cls()
        histogram.merge_bytes(data)
        return histogram

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Histogram) and self.to_bytes() == other.to_bytes()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<Histogram of {self.total}>"


def merged_bytes(parts: Iterable[bytes]) -> bytes:
    """The byte form of several histograms together. ValueError if one of them is broken."""
    given = [part for part in parts if part]
    if len(given) >= MANY and (numpy := _numpy()) is not None:
        return _merged_at_once(given, numpy)
    merged = Histogram()
    for part in given:
        merged.merge_bytes(part)
    return merged.to_bytes()


def _merged_at_once(given: Sequence[bytes], numpy: Any) -> bytes:
    """The same, counting all buckets of all histograms in one go."""
    bodies: dict[bytes, list[bytes]] = {bytes((_FORMAT, _NARROW)): [], bytes((_FORMAT, _WIDE)): []}
    try:
        for part in given:
            bodies[part[:2]].append(part[2:])
    except KeyError:
        raise ValueError("these bytes are no histogram of a known format") from None
    totals = numpy.zeros(0)
    for of_kind, dtype in zip(bodies.values(), ("<u2", "<u8"), strict=True):
        if not of_kind:
            continue
        if any(len(body) % (2 * numpy.dtype(dtype).itemsize) for body in of_kind):
            raise ValueError("the histogram's bytes are cut off")
        buckets = numpy.frombuffer(b"".join([body[: len(body) // 2] for body in of_kind]), dtype)
        counts = numpy.frombuffer(b"".join([body[len(body) // 2 :] for body in of_kind]), dtype)
        # Sums of doubles, exact up to 2 ** 53.
        added = numpy.bincount(buckets.astype(numpy.intp), weights=counts, minlength=len(totals))
        added[: len(totals)] += totals
        totals = added
    buckets = numpy.flatnonzero(totals)
    counts = totals[buckets]
    narrow = buckets[-1] <= 0xFFFF and counts.max() <= 0xFFFF
    dtype = "<u2" if narrow else "<u8"
    head = bytes((_FORMAT, _NARROW if narrow else _WIDE))
    return head + bytes(buckets.astype(dtype)) + bytes(counts.astype(dtype))


@cache
def _numpy() -> Any:
    """numpy, where it is installed: only whoever merges hundreds of machines has use for it."""
    try:
        return importlib.import_module("numpy")
    except ImportError:
        return None


def counts_between(data: bytes, bounds: Sequence[int]) -> list[int]:
    """How many latencies of a histogram's bytes lie up to each bound (µs, ascending) and above the one before, and how many
    beyond the last.

    What shares a bucket with a bound counts as up to it. ValueError if the bytes are no histogram.
    """
    if not data:
        return [0] * (len(bounds) + 1)
    buckets, counts = _columns(data)
    cuts = [0, *(bisect_right(buckets, bucket_of(bound)) for bound in bounds), len(buckets)]
    return [sum(counts[low:high]) for low, high in pairwise(cuts)]


def _decode(data: bytes) -> Iterator[tuple[int, int]]:
    if not data:
        return iter(())
    return zip(*_columns(data), strict=True)


def _columns(data: bytes) -> tuple[array[int], array[int]]:
    """The buckets, ascending, and their counts."""
    if len(data) < 2 or data[0] != _FORMAT or data[1] not in (_NARROW, _WIDE):
        raise ValueError("these bytes are no histogram of a known format")
    columns = array("H" if data[1] == _NARROW else "Q")
    try:
        columns.frombytes(data[2:])
    except ValueError as error:
        raise ValueError("the histogram's bytes are cut off") from error
    if len(columns) % 2:
        raise ValueError("the histogram's bytes are cut off")
    if sys.byteorder == "big":
        columns.byteswap()
    half = len(columns) // 2
    return columns[:half], columns[half:]
