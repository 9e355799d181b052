"""The heartbeat of the worker's event loop: how late the loop comes round to what is due, and the CPU time of its thread."""

from __future__ import annotations

import asyncio
import random
import sys
import threading
import time
from time import monotonic_ns
from types import CodeType, FrameType

from loadcell_probe.recent import Recent

INTERVAL = 0.02  # seconds on average
# Of the interval. A fixed beat falls into step with what blocks the loop at the same pace, and then sees nothing of it.
LEAST, MOST = 0.25, 1.75


class Heart:
    """Beats in one event loop; read by other threads."""

    def __init__(self) -> None:
        self.loop: asyncio.AbstractEventLoop | None = None
        self.thread = 0  # the thread's identity in Python
        self.thread_id = 0  # and in the system
        self.due = 0  # monotonic ns
        self.beats = 0
        self.lag_time = 0  # ns
        self.recent = Recent()
        self._idle: CodeType | None = None
        self._clock: int | None = None
        self._life = 0

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to beat in the running loop, and stop in the one before."""
        self._life += 1
        self.loop = loop
        self.thread = threading.get_ident()
        self.thread_id = threading.get_native_id()
        clock_of = getattr(time, "pthread_getcpuclockid", None)
        self._clock = clock_of(self.thread) if clock_of else None
        self._again(self._life)

    def stop(self) -> None:
        """Beat no more, until it is started again."""
        self._life += 1
        self.loop = None

    def cpu_time(self) -> int:
        """Return the CPU time of the loop's thread in ns, 0 where it can't be told. For any thread."""
        if self._clock is None:
            return 0
        try:
            return time.clock_gettime_ns(self._clock)
        except OSError:  # the thread has ended
            return 0

    def lateness(self, now: int) -> int:
        """Return how late the beat is that is due, in ns."""
        return max(0, now - self.due)

    def is_idle(self, frame: FrameType | None) -> bool:
        """Whether the topmost frame of the loop's thread says that the loop waits for something to happen."""
        if frame is None:
            return True
        code = frame.f_code
        if code is self._idle:
            return True
        return code.co_name == "select" and frame.f_globals.get("__name__") == "selectors"

    def _again(self, life: int) -> None:
        delay = INTERVAL * random.uniform(LEAST, MOST)
        self.due = monotonic_ns() + int(delay * 1e9)
        assert self.loop is not None
        self.loop.call_later(delay, self._beat, life)

    def _beat(self, life: int) -> None:
        if life != self._life:
            return
        now = monotonic_ns()
        lag = self.lateness(now)
        self.beats += 1
        self.lag_time += lag
        self.recent.add(now, lag)
        if self.beats <= 2:
            self._look_below()
        self._again(life)

    def _look_below(self) -> None:
        # A loop that is written in C or Rust has no frames: idle, the topmost one is that of whoever runs it, which is the
        # one below ours now.
        try:
            below = sys._getframe(2)
        except ValueError:
            return
        if below.f_globals.get("__name__") != "asyncio.events":
            self._idle = below.f_code
