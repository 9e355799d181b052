"""Which part of a request's time grows, and which loads are shown."""

from __future__ import annotations

from loadcell.diagnosis.waterfall import Step, grew, thinned
from loadcell.report.waterfall import sentence


def step(users: int, **parts: float) -> Step:
    every = dict.fromkeys(("before", "thread_wait", "pool_wait", "db", "http_wait", "http", "rest"), 0.0) | parts
    return Step(load=f"{users} users", users=users, rate=None, seconds=10, total_ms=sum(every.values()), parts=every)


def test_the_part_that_grows_most_is_named_with_its_share() -> None:
    found = grew([step(2, db=10.0, rest=2.0), step(50, db=15.0, rest=4.0, pool_wait=100.0)])
    assert found is not None
    assert (found.part, found.from_ms, found.to_ms) == ("pool_wait", 0.0, 100.0)
    assert round(found.share, 3) == round(100 / 107, 3)


def test_where_nothing_grows_nothing_is_named() -> None:
    assert grew([step(2, db=10.0), step(50, db=10.5)]) is None


def test_in_words() -> None:
    steps = [step(2, db=10.0, rest=2.0), step(50, db=15.0, rest=4.0, pool_wait=100.0)]
    found = grew(steps)
    assert found is not None
    document = {
        "steps": [{"load": one.load, "total_ms": one.total_ms, "parts": one.parts} for one in steps],
        "grew": {"part": found.part, "from_ms": found.from_ms, "to_ms": found.to_ms, "share": found.share},
    }
    assert sentence(document) == (
        "From 2 users to 50 users a request goes from 12.0 to 119 ms; 93 % of that growth is waiting for a database "
        "connection: 0.00 → 100 ms. Beside it: database 10.0 → 15.0 ms."
    )


def test_of_many_loads_those_are_kept_that_are_far_apart() -> None:
    assert thinned([1, 2, 5, 10], 12) == [1, 2, 5, 10]
    kept = thinned([1, 2, 5, 10, 20, 50, 90, 95, 96, 97, 98, 99, 100, 104, 200], 8)
    assert kept[0] == 1
    assert kept[-1] == 200
    assert {2, 5, 10, 20, 50} < set(kept)
