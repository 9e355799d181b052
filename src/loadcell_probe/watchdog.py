"""A thread that looks at the event loop from outside: is it busy, with which line, and what do requests wait for."""

from __future__ import annotations

import asyncio
import random
import sys
import threading
from time import monotonic_ns, thread_time_ns

from loadcell_probe.awaits import Awaits
from loadcell_probe.counters import Counters
from loadcell_probe.frames import innermost_of_service, place
from loadcell_probe.heart import Heart
from loadcell_probe.recent import Recent
from loadcell_probe.table import Table

INTERVAL = 0.02  # seconds between looks, on average
INTERVAL_WHEN_BLOCKED = 0.005  # while the loop's beat is late and its thread doesn't compute: then looking costs nothing
INTERVAL_WHEN_COMPUTING = 0.1  # each look takes the interpreter's lock from the loop, and the core's cache
LATE = 20_000_000  # ns
COMPUTING = 0.5  # of a core
LINES_KEPT = 256
JITTER = 0.25
AWAITS_EVERY = 500_000_000  # ns
AWAITS_EVERY_WHEN_COMPUTING = 2_000_000_000  # ns; then it is not what they await that requests are slow of
AWAITS_SHARE = 200  # a look at what is awaited is followed by this many times its CPU time without one
GIL_HELD = 40_000_000  # ns; a look that comes so late was kept out by code that holds the interpreter's lock


class Watchdog:
    """What looking at the loop's thread has shown. Times in ns, sums since the worker's start."""

    def __init__(self, heart: Heart, counters: Counters) -> None:
        self.sampled_time = 0
        self.busy_time = 0
        self.lines = Table(4, LINES_KEPT)  # place → busy ns, looks, CPU ns of the loop's thread, longest ns at a stretch
        self.longest = Recent()  # the longest stretch in one callback
        self.awaits = Awaits()
        self._heart = heart
        self._counters = counters
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._stretch: tuple[object, int] = (None, 0)
        self._awaits_due = 0  # monotonic ns

    def start(self) -> None:
        """Begin to look, if it is not done already."""
        if self._thread is not None and self._thread.is_alive():
            return
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="loadcell-probe-watchdog", args=(self._stop,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Look no more; returns once the thread has ended."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(1)

    def _run(self, stop: threading.Event) -> None:
        try:
            self._look_until(stop)
        except Exception as error:
            self._counters.not_seen("the event loop's lines", error)

    def _look_until(self, stop: threading.Event) -> None:
        last, cpu = monotonic_ns(), self._heart.cpu_time()
        interval = INTERVAL
        while not stop.wait(interval):
            now, cpu_now = monotonic_ns(), self._heart.cpu_time()
            self._look(now, now - last, cpu_now - cpu, int(interval * 1e9))
            cpu_share = (cpu_now - cpu) / (now - last)
            if now >= self._awaits_due:
                spent = thread_time_ns()  # not the time it took: on a busy machine most of that goes to others
                self._look_at_awaits()
                every = AWAITS_EVERY_WHEN_COMPUTING if cpu_share > COMPUTING else AWAITS_EVERY
                self._awaits_due = now + max(every, AWAITS_SHARE * (thread_time_ns() - spent))
            interval = next_interval(self._heart.lateness(now), cpu_share) * random.uniform(1 - JITTER, 1 + JITTER)
            last, cpu = now, cpu_now

    def _look(self, now: int, elapsed: int, cpu: int, interval: int) -> None:
        """Note what the loop's thread is at; the time since the last look counts for it."""
        self.sampled_time += elapsed
        frame = sys._current_frames().get(self._heart.thread)
        if frame is None or self._heart.is_idle(frame):
            self._stretch = (None, 0)
            return
        self.busy_time += elapsed
        where = innermost_of_service(frame) or frame
        row = self.lines.row(place(where, frame))
        row[0] += elapsed
        row[1] += 1
        row[2] += cpu
        stretch = self._stretch_of(where.f_code, elapsed)
        late = elapsed - interval
        if late > GIL_HELD and 2 * cpu > elapsed:
            stretch = max(stretch, late)
        row[3] = max(row[3], stretch)
        self.longest.add(now, stretch)

    def _stretch_of(self, code: object, elapsed: int) -> int:
        """Return for how long the same task has been in the same function. Servers run each request in a task of its own."""
        assert self._heart.loop is not None
        task = asyncio.current_task(self._heart.loop)
        key = (task.get_name() if task else None, code)
        # Of the first interval, nobody knows how much lay before.
        self._stretch = (key, self._stretch[1] + elapsed if self._stretch[0] == key else 0)
        return self._stretch[1]

    def _look_at_awaits(self) -> None:
        requests = self._counters.requests
        if requests.started == requests.finished or self._heart.loop is None:
            return
        try:
            self.awaits.look(self._heart.loop)
        except Exception as error:
            self._counters.not_seen("what requests wait for", error)


def next_interval(lateness: int, cpu_share: float) -> float:
    """Return the seconds until the next look, by how late the beat is (ns) and the share of a core the loop used lately."""
    if cpu_share > COMPUTING:
        return INTERVAL_WHEN_COMPUTING
    return INTERVAL_WHEN_BLOCKED if lateness > LATE else INTERVAL
