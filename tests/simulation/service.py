"""A service of c slots with one queue, in simulated time; what it does wrong can be chosen.

Requests are served first come, first served, so a heap of the moments at which the slots become free is all the state there
is: a request begins at the later of its arrival and the least of those. A stall stops all slots: they live in a time of
their own, that stands still meanwhile. The state goes on from one trial to the next, as in a real service.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from heapq import heapify, heapreplace

import numpy as np

HORIZON_S = 2000.0
"""Stalls are drawn for so long."""


@dataclass(frozen=True)
class Kind:
    """What a simulated service is like; times in seconds."""

    slots: int
    service_s: float
    limit_s: float
    percent: float = 95.0
    users: bool = False
    """Closed model: the load is a number of users. Open: arrivals/s."""
    think_s: float = 0.0
    poisson: bool = True
    shape: float = 1.0
    """Of the service time, a gamma distribution: 1 exponential, 4 steadier, 0.5 wilder."""
    queue_s: float = 5.0
    """Who would wait longer is refused at once."""
    collapse: float = 0.0
    """By how much more each request takes once the wait is above `collapse_wait_s`."""
    collapse_wait_s: float = math.inf
    warm_up: float = 0.0
    """By how much more each request takes when the load has just risen; fades within seconds."""
    error_base: float = 0.0
    error_load: float = math.inf
    """The load at which 1 % of the requests fail."""
    error_steep: float = 10.0

    @property
    def allowed(self) -> float:
        return 1 - self.percent / 100

    def error_share(self, load: float) -> float:
        """The share of requests that fail at a load, by themselves."""
        if self.error_load == math.inf:
            return self.error_base
        return min(1.0, self.error_base + (0.01 - self.error_base) * (load / self.error_load) ** self.error_steep)


@dataclass(frozen=True)
class Seen:
    """What was measured in a span: the responses that came within it."""

    seconds: float
    sent: int
    times: np.ndarray
    """Response times of the successes, in seconds."""
    failures: int


class Service:
    """One service under load; deterministic for a seed."""

    def __init__(self, kind: Kind, seed: int, stall_every_s: float = 0.0, stall_s: float = 1.0) -> None:
        self.kind = kind
        self.now = 0.0
        self._random = np.random.default_rng(seed)
        self._free = [0.0] * kind.slots
        self._pending = (np.empty(0), np.empty(0), np.empty(0, dtype=bool))
        self._peak = 0.0
        self._risen_s = -math.inf
        self._next_due = 0.0
        self._users: list[float] = []
        starts: list[float] = []
        t = 0.0
        while stall_every_s and t < HORIZON_S:
            t += float(self._random.exponential(stall_every_s)) + (stall_s if starts else 0.0)
            starts.append(t)
        self._stalls = starts
        self._stall_s = stall_s
        self._stalls_work = [at - i * stall_s for i, at in enumerate(starts)]

    def run(self, load: float, seconds: float) -> Seen:
        """Go on for `seconds` at a load (arrivals/s or users), and return what was seen."""
        end = self.now + seconds
        if load > self._peak * 1.1:
            self._risen_s, self._peak = self.now, load
        arrivals, done, failed = self._closed(int(load), end) if self.kind.users else self._open(load, end)
        arrivals = np.concatenate([self._pending[0], arrivals])
        done = np.concatenate([self._pending[1], done])
        failed = np.concatenate([self._pending[2], failed])
        within = done <= end
        later = ~within
        sent = int((arrivals >= self.now).sum())
        self._pending = (arrivals[later], done[later], failed[later])
        fine = within & ~failed
        seen = Seen(seconds, sent, done[fine] - arrivals[fine], int((within & failed).sum()))
        self.now = end
        return seen

    def _services(self, count: int) -> np.ndarray:
        shape = self.kind.shape
        if shape == 1.0:
            return self._random.exponential(self.kind.service_s, count)
        return self._random.gamma(shape, self.kind.service_s / shape, count)

    def _to_work(self, at: np.ndarray) -> np.ndarray:
        """From the clock's time to the slots' own."""
        if not self._stalls:
            return at
        begun = np.searchsorted(self._stalls, at, side="right")
        ends = np.asarray(self._stalls)[begun - 1] + self._stall_s
        inside = (begun > 0) & (at < ends)
        work = at - begun * self._stall_s
        return np.where(inside, np.asarray(self._stalls_work)[begun - 1], work)

    def _from_work(self, at: np.ndarray) -> np.ndarray:
        if not self._stalls:
            return at
        return at + self._stall_s * np.searchsorted(self._stalls_work, at, side="right")

    def _open(self, rate: float, end: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        kind, span = self.kind, end - self.now
        if kind.poisson:
            count = int(self._random.poisson(rate * span))
            arrivals = np.sort(self._random.uniform(self.now, end, count))
        else:
            arrivals = np.arange(self._next_due if self._next_due >= self.now else self.now, end, 1 / rate)
            self._next_due = float(arrivals[-1]) + 1 / rate if len(arrivals) else self.now
        count = len(arrivals)
        services = self._services(count)
        if kind.warm_up and self.now - self._risen_s < 10:
            services *= 1 + kind.warm_up * np.exp(-(arrivals - self._risen_s) / 0.7)
        free = self._free
        done: list[float] = []
        add, replace = done.append, heapreplace
        queue, collapse, trigger = kind.queue_s, kind.collapse, kind.collapse_wait_s
        refused: list[int] = []
        for at, service in zip(self._to_work(arrivals).tolist(), services.tolist(), strict=True):
            first = free[0]
            if first > at:
                wait = first - at
                if wait > trigger:
                    if wait > queue:
                        refused.append(len(done))
                        add(at)
                        continue
                    service += service * collapse
                first += service
            else:
                first = at + service
            replace(free, first)
            add(first)
        ends = self._from_work(np.asarray(done))
        failed = self._random.random(count) < kind.error_share(rate)
        if refused:
            failed[refused] = True
            ends[refused] = arrivals[refused] + 0.001
        return arrivals, np.maximum(ends, arrivals), failed

    def _closed(self, users: int, end: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        kind, begin = self.kind, self.now
        heap = self._users
        if users < len(heap):
            heap = list(self._random.permutation(heap)[:users])
        elif users > len(heap):
            joined = self._random.uniform(begin, begin + max(kind.think_s, kind.service_s), users - len(heap))
            heap = heap + joined.tolist()
        heap = [float(at) for at in heap]
        heapify(heap)
        self._users = heap
        arrivals: list[float] = []
        done: list[float] = []
        if users:
            self._closed_loop(heap, end, arrivals, done)
        failed = self._random.random(len(done)) < kind.error_share(users)
        return np.asarray(arrivals), np.asarray(done), failed

    def _closed_loop(self, heap: list[float], end: float, arrivals: list[float], done: list[float]) -> None:
        kind = self.kind
        free, replace = self._free, heapreplace
        came, add = arrivals.append, done.append
        stalls, stalls_work, length = self._stalls, self._stalls_work, self._stall_s
        warming = kind.warm_up if self.now - self._risen_s < 10 else 0.0
        collapse, trigger = kind.collapse, kind.collapse_wait_s
        while heap[0] < end:
            block = 4096
            services = self._services(block).tolist()
            thinks = self._random.uniform(0.5 * kind.think_s, 1.5 * kind.think_s, block).tolist()
            for service, think in zip(services, thinks, strict=True):
                at = heap[0]
                if at >= end:
                    break
                work = at
                if stalls:
                    begun = bisect_right(stalls, at)
                    if begun:
                        work = stalls_work[begun - 1] if at < stalls[begun - 1] + length else at - begun * length
                if warming:
                    service += service * warming * math.exp(-(at - self._risen_s) / 0.7)
                first = free[0]
                if first > work:
                    if first - work > trigger:
                        service += service * collapse
                    first += service
                else:
                    first = work + service
                replace(free, first)
                if stalls:
                    first += length * bisect_right(stalls_work, first)
                came(at)
                add(first)
                replace(heap, first + think)
