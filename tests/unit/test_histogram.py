"""The histogram: close to what was counted, and the same whatever the order of merging."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loadcell.histogram import MANY, Histogram, bucket_of, merged_bytes, middle_of

latencies = st.one_of(
    st.integers(0, 3000), st.integers(0, 10**7), st.integers(0, 2**62), st.sampled_from([2**k for k in range(62)])
)
samples = st.lists(latencies, min_size=1, max_size=200)


def histogram_of(times: list[int]) -> Histogram:
    histogram = Histogram()
    histogram.record_all(times)
    return histogram


@given(latencies)
def test_a_bucket_stands_for_its_values_within_a_thousandth_or_half_a_microsecond(us: int) -> None:
    assert abs(middle_of(bucket_of(us)) - us) <= max(0.5, us / 1000)


@given(latencies)
def test_buckets_are_in_the_order_of_their_values(us: int) -> None:
    assert bucket_of(us + 1) - bucket_of(us) in (0, 1)


@given(samples)
def test_many_at_once_are_counted_as_one_by_one(times: list[int]) -> None:
    single = Histogram()
    for us in times:
        single.record(us)
    assert single == histogram_of(times)
    assert single.total == len(times)


def test_negative_latencies_count_as_none() -> None:
    histogram = histogram_of([-5, -1, 0])
    histogram.record(-7)
    assert list(histogram.buckets()) == [(0.0, 4)]


@given(st.lists(samples, min_size=1, max_size=5), st.randoms(use_true_random=False))
def test_merging_in_any_order_gives_the_same_bytes(parts: list[list[int]], order: random.Random) -> None:
    whole = histogram_of([us for part in parts for us in part]).to_bytes()
    order.shuffle(parts)
    forwards, backwards = Histogram(), Histogram()
    for part in parts:
        forwards.merge(histogram_of(part))
    while parts:
        half = histogram_of(parts.pop())
        half.merge_bytes(backwards.to_bytes())
        backwards = half
    assert forwards.to_bytes() == backwards.to_bytes() == whole


@given(samples)
def test_bytes_there_and_back(times: list[int]) -> None:
    histogram = histogram_of(times)
    again = Histogram.from_bytes(histogram.to_bytes())
    assert again == histogram
    assert again.counts == histogram.counts


def test_counts_beyond_16_bits_survive() -> None:
    histogram = histogram_of([5])
    histogram.counts[bucket_of(5)] = 10**12
    assert Histogram.from_bytes(histogram.to_bytes()).total == 10**12


@given(samples, st.lists(st.floats(0, 100), min_size=1, max_size=6))
def test_percentiles_are_exact_to_the_bucket(times: list[int], percents: list[float]) -> None:
    ordered = sorted(times)
    expected = []
    for percent in percents:
        rank = max(1, math.ceil(len(ordered) * percent / 100 - 1e-9))
        expected.append(middle_of(bucket_of(ordered[rank - 1])))
    histogram = histogram_of(times)
    assert histogram.percentiles(tuple(percents)) == expected
    assert histogram.percentile(percents[0]) == expected[0]


@pytest.mark.parametrize(("percent", "expected"), [(0, 1), (1, 1), (50, 50), (95, 95), (99.9, 100), (100, 100)])
def test_nearest_rank(percent: float, expected: float) -> None:
    assert histogram_of(list(range(1, 101))).percentile(percent) == expected


def test_an_empty_histogram() -> None:
    histogram = Histogram()
    assert (histogram.total, histogram.to_bytes(), histogram.percentiles((50, 99))) == (0, b"", [None, None])
    assert Histogram.from_bytes(b"") == histogram
    assert repr(histogram) == "<Histogram of 0>"


def test_clear_forgets_everything() -> None:
    histogram = histogram_of([1, 2, 3])
    histogram.clear()
    assert histogram == Histogram()
    assert histogram != 0


@pytest.mark.parametrize(
    "data",
    [b"\x01", b"\x02\x00" + bytes(4), b"\x01\x07" + bytes(4), b"\x01\x00" + bytes(3), b"\x01\x00" + bytes(6)],
    ids=["too short", "another format", "another width", "half a number", "a bucket without a count"],
)
def test_bytes_that_are_no_histogram(data: bytes) -> None:
    with pytest.raises(ValueError, match="histogram"):
        Histogram.from_bytes(data)


def test_the_layout_of_the_bytes() -> None:
    # Written down, for run files outlive versions: two columns, buckets then counts, 16 bits each, little-endian.
    assert histogram_of([1, 1, 300]).to_bytes() == bytes((1, 0, 1, 0, 44, 1, 2, 0, 1, 0))


@given(st.lists(st.lists(st.integers(0, 10**10), max_size=4), min_size=MANY, max_size=MANY + 8), st.integers(1, 70_000))
@settings(max_examples=30)
def test_many_merged_at_once_are_the_same_bytes(each: list[list[int]], times: int) -> None:
    parts, one_by_one = [], Histogram()
    for few in each:
        made = Histogram()
        for us in few:
            # Counts beyond 16 bits, too.
            made.counts[bucket_of(us)] += times
        parts.append(made.to_bytes())
        one_by_one.merge(made)
    assert merged_bytes(parts) == one_by_one.to_bytes()


@pytest.mark.parametrize("broken", [b"\x09\x00\x01\x00", b"\x01\x00\x01\x00\x02", b"\x01"])
def test_many_with_a_broken_one_are_refused(broken: bytes) -> None:
    whole = Histogram()
    whole.record(5)
    for number in (2, MANY):
        with pytest.raises(ValueError, match="bytes are"):
            merged_bytes([whole.to_bytes()] * (number - 1) + [broken])
