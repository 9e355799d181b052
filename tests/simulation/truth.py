"""Response times of queues in closed form.

M/M/c: the wait is 0 with probability 1 - C (Erlang's C), else exponential with rate cμ - λ; the service adds Exp(μ).
M/M/c with N users who think (the machine-repair model): a user who arrives sees the queue of the N - 1 others (arrival
theorem, Sevcik and Mitrani 1981; Lavenberg and Reiser 1980), whatever the distribution of the thinking.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np


def erlang_c(slots: int, erlangs: float) -> float:
    """The probability that a request must wait; `erlangs` = λ/μ < slots."""
    blocked = 1.0
    for n in range(1, slots + 1):
        blocked = erlangs * blocked / (n + erlangs * blocked)
    return blocked / (1 - erlangs / slots * (1 - blocked))


def open_tail(slots: int, service_s: float, rate: float, limit_s: float) -> float:
    """P(response time > limit) of M/M/c at `rate` arrivals/s; 1 from the saturation on."""
    mu = 1 / service_s
    theta = slots * mu - rate
    if theta <= 0:
        return 1.0
    waits = erlang_c(slots, rate * service_s)
    served = math.exp(-mu * limit_s)
    if abs(theta / mu - 1) < 1e-6:
        both = (1 + mu * limit_s) * served
    else:
        both = (theta * served - mu * math.exp(-theta * limit_s)) / (theta - mu)
    return (1 - waits) * served + waits * both


def closed_states(slots: int, service_s: float, think_s: float, users: int) -> np.ndarray:
    """The probabilities that 0 … users of them are being served or wait."""
    if think_s <= 0:
        return np.concatenate([np.zeros(users), [1.0]])
    k = np.arange(1, users + 1)
    steps = np.log((users - k + 1) * service_s / (think_s * np.minimum(k, slots)))
    logs = np.concatenate([[0.0], np.cumsum(steps)])
    weights = np.exp(logs - logs.max())
    return np.asarray(weights / weights.sum())


def closed_tail(slots: int, service_s: float, think_s: float, users: int, limit_s: float) -> float:
    """P(response time > limit) with `users` users who think `think_s` on average."""
    seen = closed_states(slots, service_s, think_s, users - 1)
    mu = 1 / service_s
    served = math.exp(-mu * limit_s)
    total = float(seen[:slots].sum()) * served
    ahead = seen[slots:]
    if not len(ahead):
        return total
    # j departures at rate cμ must come first, j = 1 …, then the own service.
    j = np.arange(1, len(ahead) + 1)
    late = 1 - poisson_reaches(slots * mu * limit_s, len(ahead) + 1)  # [i]: fewer than i departures within the limit
    if slots == 1:
        return total + float((ahead * late[j + 1]).sum())
    mean = (slots - 1) * mu * limit_s
    reached = poisson_reaches(mean, len(ahead))[j]
    # e^(-μt) · (c/(c-1))^j · P(Poisson((c-1)μt) ≥ j), in logarithms: the power overflows where the probability vanishes.
    with np.errstate(divide="ignore"):
        own = np.exp(np.minimum(0.0, -mu * limit_s + j * math.log(slots / (slots - 1)) + np.log(reached)))
    return total + float((ahead * np.minimum(1.0, late[j] + own)).sum())


def poisson_reaches(mean: float, most: int) -> np.ndarray:
    """P(Poisson(mean) ≥ i) for i = 0 … most."""
    top = int(max(most, mean) + 12 * math.sqrt(max(most, mean)) + 40)
    i = np.arange(top + 1)
    logs = np.concatenate([[0.0], np.cumsum(np.log(mean / i[1:]))]) - mean
    tails = np.cumsum(np.exp(logs)[::-1])[::-1]
    return np.asarray(np.minimum(1.0, tails[: most + 1]))


def closed_throughput(slots: int, service_s: float, think_s: float, users: int) -> float:
    """Requests/s of `users` users."""
    states = closed_states(slots, service_s, think_s, users)
    return float((states * np.minimum(np.arange(users + 1), slots)).sum()) / service_s


def crossing(share: Callable[[float], float], allowed: float, low: float, high: float) -> float:
    """The load at which a growing share reaches what is allowed."""
    for _ in range(60):
        middle = (low + high) / 2
        if share(middle) > allowed:
            high = middle
        else:
            low = middle
    return low


def crossing_users(share: Callable[[int], float], allowed: float) -> int:
    """The most users whose share is allowed; 0 if not even one."""
    high = 1
    while share(high) <= allowed:
        high *= 2
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        if share(middle) > allowed:
            high = middle
        else:
            low = middle
    return low
