"""Random services with a capacity that is known, and the trials of a search on them."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, replace

import numpy as np

from loadcell.controller.search import Capacity, Goal, Measured, Search, Trial
from tests.simulation.service import Kind, Seen, Service
from tests.simulation.truth import closed_tail, closed_throughput, crossing, crossing_users, open_tail

LATENCY, ERRORS = "latency", "error_rate < 1%"
ERRORS_ALLOWED = 0.01
SIMULATED_REQUESTS = 1_000_000


@dataclass(frozen=True)
class Case:
    """A service and the truth about it."""

    number: int
    kind: Kind
    capacity: float
    """Arrivals/s or users."""
    capacity_rps: float
    limited_by: str
    low: float
    """The load a search starts from."""
    exact: bool
    """The truth is a closed form, not a long simulation."""


def case(number: int) -> Case:
    """The random service of that number: the same in every run. Its capacity is 200–2,000 requests/s."""
    for attempt in range(100):
        found = _draw(number, random.Random(f"{number}/{attempt}"))
        if found is not None and 200 <= found.capacity_rps <= 2000:
            return found
    raise AssertionError(f"no service number {number}")


def _draw(number: int, dice: random.Random) -> Case | None:
    saturation = math.exp(dice.uniform(math.log(210), math.log(2400)))
    slots = round(math.exp(dice.uniform(0, math.log(64))))
    service_s = slots / saturation
    percent = 99.0 if dice.random() < 0.2 else 95.0
    alone_s = -service_s * math.log(1 - percent / 100)
    limit_s = alone_s * math.exp(dice.uniform(math.log(1.3), math.log(8)))
    if dice.random() < 0.3:
        limit_s = max(5 * alone_s, 0.1)
    kind = Kind(slots, service_s, limit_s, percent, queue_s=max(dice.uniform(2, 10), 3 * limit_s))
    if dice.random() < 0.4:
        kind = replace(kind, users=True, think_s=dice.choice([0.0, dice.uniform(0.05, 0.5), dice.uniform(0.5, 2.0)]))
    elif dice.random() < 0.4:
        kind = replace(kind, poisson=False)
    general = dice.random() < 0.2
    if general:
        kind = replace(kind, shape=dice.choice([0.5, 2.0, 4.0]))
    if dice.random() < 0.15:
        kind = replace(kind, collapse=dice.uniform(0.1, 0.5), collapse_wait_s=4 * limit_s)
    if dice.random() < 0.3:
        kind = replace(kind, warm_up=dice.uniform(0.2, 2.0))
    latency, exact = _latency_capacity(kind)
    if latency < 4:
        return None
    limited, capacity = LATENCY, latency
    if dice.random() < 0.2:
        kind = replace(kind, error_base=0.0005, error_load=latency * dice.uniform(0.6, 1.1), error_steep=dice.uniform(4, 20))
        if kind.users:
            kind = replace(kind, error_load=math.floor(kind.error_load) + 0.5)
        if kind.error_load < latency:
            limited, capacity = ERRORS, float(math.floor(kind.error_load)) if kind.users else kind.error_load
    rps = closed_throughput(slots, service_s, kind.think_s, int(capacity)) if kind.users else capacity
    low = capacity * math.exp(dice.uniform(math.log(0.03), math.log(0.3)))
    return Case(number, kind, capacity, rps, limited, max(1.0, float(round(low))) if kind.users else low, exact)


def _latency_capacity(kind: Kind) -> tuple[float, bool]:
    saturation = kind.slots / kind.service_s
    if kind.users and kind.shape == 1:
        return crossing_users(
            lambda n: closed_tail(kind.slots, kind.service_s, kind.think_s, n, kind.limit_s), kind.allowed
        ), True
    if not kind.users and kind.poisson and kind.shape == 1:
        return crossing(
            lambda rate: open_tail(kind.slots, kind.service_s, rate, kind.limit_s), kind.allowed, 0, saturation
        ), True
    # Once a request more than `collapse_wait_s` late makes the next ones slower, a long run measures luck: it is left out.
    plain = replace(kind, collapse=0.0, warm_up=0.0, queue_s=math.inf)
    if not kind.users and kind.slots == 1 and kind.shape == 1:
        return crossing(lambda rate: _uniform_tail(plain, rate), kind.allowed, 0, saturation), True
    if kind.users:
        return crossing_users(lambda n: _simulated_share(plain, n), kind.allowed), False
    return _bisect_rate(plain, saturation), False


def _uniform_tail(kind: Kind, rate: float) -> float:
    """D/M/1: exponential with rate μ(1 - σ), where σ = e^(-μ(1-σ)/λ)."""
    mu, sigma = 1 / kind.service_s, 0.5
    for _ in range(2000):
        sigma = math.exp(-mu * (1 - sigma) / rate)
    return math.exp(-mu * (1 - sigma) * kind.limit_s)


def _bisect_rate(kind: Kind, saturation: float) -> float:
    low, high = 0.0, saturation
    while high - low > 0.003 * saturation:
        middle = (low + high) / 2
        if _simulated_share(kind, middle) > kind.allowed:
            high = middle
        else:
            low = middle
    return (low + high) / 2


def _simulated_share(kind: Kind, load: float) -> float:
    """The share of requests over the limit, of a million; the same random numbers for every load."""
    service = Service(kind, seed=7)
    rate = load if not kind.users else min(kind.slots / kind.service_s, load / (kind.think_s + kind.service_s))
    service.run(load, 20_000 / rate)
    over = total = 0
    for _ in range(5):
        seen = service.run(load, SIMULATED_REQUESTS / rate / 5)
        over += int((seen.times > kind.limit_s).sum())
        total += len(seen.times)
        if (over / total > 3 * kind.allowed) or (total > 300_000 and over / total < kind.allowed / 3):
            break
    return over / total


def measured(kind: Kind, load: float, seen: Seen) -> Measured:
    """What the controller would tell the search."""
    answered = len(seen.times) + seen.failures
    over = int((seen.times > kind.limit_s).sum())
    value = float(np.quantile(seen.times, kind.percent / 100)) if len(seen.times) else math.inf
    errors = seen.failures / answered / ERRORS_ALLOWED if answered else 0.0
    return Measured(
        load=load,
        duration_s=seen.seconds,
        offered=seen.sent,
        ok_rps=len(seen.times) / seen.seconds,
        failed=seen.failures,
        bad={LATENCY: over / len(seen.times) / kind.allowed if len(seen.times) else 1 / kind.allowed, ERRORS: errors},
        margin={LATENCY: value / kind.limit_s if math.isfinite(value) else 100.0, ERRORS: errors},
    )


def carry_out(kind: Kind, service: Service, trial: Trial) -> Measured:
    """One trial on a simulated service."""
    if trial.settle_s:
        service.run(trial.load, trial.settle_s)
    return measured(kind, trial.load, service.run(trial.load, trial.duration_s))


def search(case: Case, goal: Goal, *, stall_every_s: float = 0.0, seed: int = 0) -> tuple[Capacity | None, float]:
    """A whole search on the service of a case, and the seconds it took."""
    service = Service(case.kind, seed=case.number * 1000 + seed, stall_every_s=stall_every_s)
    searching = Search(case.low, None, goal)
    while trial := searching.next():
        searching.record(carry_out(case.kind, service, trial))
    return searching.result(), service.now
