from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadcell.histogram import Histogram
from loadcell.merge import EntryTotal, TotalsByEntry, merge
from loadcell.messages import EntryCounts, ErrorCount, ExceptionCount, Health, Interval

counts = st.integers(0, 1000)
names = st.sampled_from(["/", "/a", "/b"])
times = st.floats(0, 100, allow_nan=False)


@st.composite
def entries(draw: st.DrawFn) -> EntryCounts:
    ok = draw(st.lists(st.integers(0, 10**8), max_size=5))
    failed = draw(st.lists(st.integers(0, 10**8), max_size=5))
    untimed = draw(st.integers(0, 3))
    latencies = ok + failed
    return EntryCounts(
        method=draw(st.sampled_from(["GET", "POST"])),
        name=draw(names),
        requests=len(latencies) + untimed,
        failures=len(failed),
        received=draw(counts),
        total_us=sum(latencies),
        min_us=min(latencies, default=0),
        max_us=max(latencies, default=0),
        untimed=untimed,
        ok=histogram(ok),
        failed=histogram(failed),
        connects=draw(counts),
    )


def histogram(latencies: list[int]) -> bytes:
    made = Histogram()
    for us in latencies:
        made.record(us)
    return made.to_bytes()


intervals = st.builds(
    Interval,
    second=st.just(7),
    start_s=times,
    end_s=times,
    users=counts,
    users_by_class=st.dictionaries(names, counts),
    entries=st.lists(entries(), max_size=4),
    errors=st.lists(st.builds(ErrorCount, st.just("GET"), names, names, counts, times, times), max_size=4),
    exceptions=st.lists(st.builds(ExceptionCount, names, names, counts), max_size=4),
    health=st.dictionaries(names, st.builds(Health, times, times, times, counts)),
    connections=counts,
)


def encoded(interval: Interval) -> bytes:
    return msgspec.msgpack.encode(interval)


@given(st.lists(intervals, min_size=1, max_size=5), st.randoms())
def test_the_order_of_generators_does_not_matter_down_to_the_bytes(given: list[Interval], random: object) -> None:
    shuffled = given.copy()
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert encoded(merge(shuffled)) == encoded(merge(given))


@given(st.lists(intervals, min_size=2, max_size=5), st.data())
def test_merging_in_steps_gives_the_same_bytes(given: list[Interval], data: st.DataObject) -> None:
    cut = data.draw(st.integers(1, len(given) - 1))
    in_steps = merge([merge(given[:cut]), merge(given[cut:])])
    assert encoded(in_steps) == encoded(merge(given))


@given(st.lists(intervals, min_size=1, max_size=3))
def test_merging_leaves_what_was_given_unchanged(given: list[Interval]) -> None:
    before = [encoded(interval) for interval in given]
    merge(given)
    assert [encoded(interval) for interval in given] == before


def second(number: int = 0, *given: EntryCounts) -> Interval:
    return Interval(number, float(number), number + 1.0, 0, {}, list(given))


def test_requests_add_up_and_the_extremes_stay() -> None:
    a = EntryCounts("GET", "/", 2, total_us=300, min_us=100, max_us=200, ok=histogram([100, 200]))
    b = EntryCounts("GET", "/", 1, 1, total_us=50, min_us=50, max_us=50, failed=histogram([50]))
    (entry,) = merge([second(0, a), second(0, b)]).entries
    assert (entry.requests, entry.failures, entry.total_us, entry.min_us, entry.max_us) == (3, 1, 350, 50, 200)
    assert Histogram.from_bytes(entry.ok).total == 2
    assert Histogram.from_bytes(entry.failed).total == 1


def test_a_generator_without_a_timed_request_does_not_pull_the_minimum_to_zero() -> None:
    timed = EntryCounts("GET", "/", 1, total_us=100, min_us=100, max_us=100, ok=histogram([100]))
    untimed = EntryCounts("GET", "/", 1, untimed=1)
    (entry,) = merge([second(0, untimed), second(0, timed)]).entries
    assert (entry.requests, entry.min_us) == (2, 100)


def test_the_health_of_generators_is_kept_apart() -> None:
    one, two = second(), second()
    one.health, two.health = {"1": Health(cpu=90)}, {"2": Health(cpu=10)}
    assert {name: health.cpu for name, health in merge([two, one]).health.items()} == {"1": 90, "2": 10}


@pytest.mark.parametrize("given", [[], [second(1), second(2)]])
def test_only_intervals_of_one_second_can_be_merged(given: list[Interval]) -> None:
    with pytest.raises(ValueError, match="one second"):
        merge(given)


def test_totals_go_on_adding_second_by_second() -> None:
    totals = TotalsByEntry()
    for _ in range(3):
        totals.add([EntryCounts("GET", "/", 1, total_us=9, min_us=9, max_us=9, ok=histogram([9]))])
    total: EntryTotal = totals["GET", "/"]
    assert (total.requests, total.min_us, total.ok.total) == (3, 9, 3)
