"""The search on simulated services whose capacity is known in closed form; `make verify PART=search` takes a thousand."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from itertools import cycle, islice
from multiprocessing import get_context

import pytest

from tests.simulation.__main__ import SETTINGS, outcome, summary
from tests.simulation.fleet import Case, case
from tests.simulation.service import Kind, Service
from tests.simulation.truth import closed_tail, open_tail

PLAIN, STALLED = SETTINGS[:2]
SIMULATED = {
    0,
    3,
    5,
    6,
    10,
    12,
    13,
    20,
    26,
    27,
    34,
    41,
    43,
    44,
    45,
    47,
    51,
    52,
    54,
    55,
    56,
    60,
    63,
    67,
    69,
    70,
    72,
    73,
    77,
    78,
}
"""Services whose truth takes a long simulation."""
EXACT = [number for number in range(80) if number not in SIMULATED]


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_capacity_of_fifty_services_is_found() -> None:
    # Simulated time knows no other process: both cores search.
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        found = list(pool.map(outcome, map(case, EXACT), islice(cycle((PLAIN, STALLED)), len(EXACT))))
    figures = summary(found)
    wrong = [one for one in found if not one.within]
    assert figures["within"] >= 0.92, wrong
    assert figures["covered"] >= 0.84
    assert figures["width"] <= 0.10


@pytest.mark.parametrize(
    ("kind", "rate"),
    [(Kind(1, 0.001, 0.02), 800), (Kind(8, 0.01, 0.03), 700), (Kind(32, 0.1, 0.3), 300)],
)
def test_the_simulated_queue_is_the_one_of_the_books(kind: Kind, rate: float) -> None:
    service = Service(kind, seed=1)
    service.run(rate, 20)
    times = service.run(rate, 1000).times
    assert (times > kind.limit_s).mean() == pytest.approx(
        open_tail(kind.slots, kind.service_s, rate, kind.limit_s), rel=0.15
    )


@pytest.mark.parametrize(
    ("kind", "users"),
    [
        (Kind(1, 0.001, 0.01, users=True, think_s=0.5), 450),
        (Kind(8, 0.01, 0.05, users=True), 20),
        (Kind(32, 0.1, 0.3, users=True, think_s=2.0), 620),
    ],
)
def test_thinking_users_are_the_ones_of_the_books(kind: Kind, users: int) -> None:
    service = Service(kind, seed=1)
    service.run(users, 20)
    times = service.run(users, 600).times
    truth = closed_tail(kind.slots, kind.service_s, kind.think_s, users, kind.limit_s)
    assert (times > kind.limit_s).mean() == pytest.approx(truth, rel=0.15)


def test_a_stall_holds_all_slots_for_a_second() -> None:
    kind = Kind(4, 0.01, 0.1)
    calm, stalled = Service(kind, seed=3), Service(kind, seed=3, stall_every_s=20)
    assert calm.run(100, 100).times.max() < 0.5
    times = stalled.run(100, 100).times
    assert 0.95 < times.max() < 2.5
    assert 0.005 < (times > 0.5).mean() < 0.1


def test_services_are_the_same_in_every_run() -> None:
    def facts(one: Case) -> tuple[Kind, float]:
        return one.kind, one.capacity

    assert [facts(case(number)) for number in islice(EXACT, 3)] == [facts(case(number)) for number in islice(EXACT, 3)]
