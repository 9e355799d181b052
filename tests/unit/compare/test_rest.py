"""An entry without a part of its time."""

import random

import pytest

from loadcell.compare.rest import rests
from loadcell.store import EntryTotals, merged


def part(rng: random.Random, count: int) -> EntryTotals:
    totals = EntryTotals(method="GET", name="/", requests=count, failures=count // 10)
    for number in range(count):
        us = round(1000 * rng.lognormvariate(3, 1))
        (totals.failed if number < totals.failures else totals.ok).record(us)
        totals.total_us += us
    return totals


def test_it_is_what_the_other_parts_are_together() -> None:
    rng = random.Random(4)
    parts = [part(rng, count) for count in (100, 0, 7, 250, 31)]
    whole = merged(parts, "GET", "/")
    for number, rest in enumerate(rests(whole, parts)):
        others = merged([one for at, one in enumerate(parts) if at != number], "GET", "/")
        assert (rest.requests, rest.failures) == (others.requests, others.failures)
        assert rest.avg_us == pytest.approx(others.avg_us)
        for percent in (1.0, 50.0, 95.0, 99.9):
            assert rest.latency.percentile(percent) == others.latency.percentile(percent)


def test_of_a_single_part_nothing_is_left() -> None:
    only = part(random.Random(1), 20)
    (rest,) = rests(merged([only], "GET", "/"), [only])
    assert (rest.requests, rest.avg_us, rest.latency.percentile(50)) == (0, None, None)
