"""The process's heartbeat: once a second what was recorded, and how the process itself fared."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable

import gevent

from loadcell.clock import Clock
from loadcell.generator.engine import Engine
from loadcell.generator.recorder import Ended, Recorder
from loadcell.merge import merge_entries, merge_errors
from loadcell.messages import Health, Interval

_LAG_PROBE_S = 0.05
_EARLY_S = 0.01
_TELLING_S = 0.5
_PIECE_S = 0.0005
"""For how long figures are worked on at a time: starts that are due and answers that arrive wait meanwhile."""
_PAGE = os.sysconf("SC_PAGE_SIZE")


logger = logging.getLogger("loadcell.generator")


class Pulse:
    """Sends the intervals of one process, aligned to the run's seconds."""

    def __init__(
        self, generator: str, recorder: Recorder, engine: Engine, send: Callable[[Interval], None], clock: Clock
    ) -> None:
        self._generator = generator
        self._recorder = recorder
        self._engine = engine
        self._send = send
        self._clock = clock
        self._start_at = clock.monotonic()
        self._sent_to = 0.0
        self._second = 0
        self._lag = 0.0
        self._late_starts = 0
        self._cpu = time.process_time()
        self._ended: tuple[Ended, Interval] | None = None
        """The interval that is being made ready, and what it is to be sent in."""
        self._greenlets: list[gevent.Greenlet] = []
        self._memory = _Memory()

    def go(self, start_at: float) -> None:
        """Begin; second 0 is at `start_at`."""
        self._start_at = start_at
        self._cpu = time.process_time()
        self._greenlets = [gevent.spawn(self._beat), gevent.spawn(self._measure_lag)]

    def stop(self) -> None:
        """Send what is left and end."""
        gevent.killall(self._greenlets)
        self._send_ended()
        end = max(self._elapsed(), self._sent_to)
        self._end_interval(int(end), end)
        self._send_ended()

    def send_rest(self) -> None:
        """Send what was recorded after `stop`: it belongs to the last second and makes it no longer."""
        if self._recorder.holds_something:
            self._end_interval(self._second, self._sent_to)
            self._send_ended()

    def _elapsed(self) -> float:
        return self._clock.monotonic() - self._start_at

    def _beat(self) -> None:
        while True:
            boundary = int(self._sent_to + _EARLY_S) + 1
            gevent.sleep(max(0.0, boundary - self._elapsed()))
            # A timer may fire a moment early, and a busy hub late: the second that ended last is the one to report.
            second = max(boundary, int(self._elapsed() + _EARLY_S)) - 1
            ended = self._end_interval(second, max(self._elapsed(), self._sent_to))
            began = self._clock.monotonic()
            while ended.step():
                if self._clock.monotonic() - began > _PIECE_S:
                    gevent.sleep(_PIECE_S)  # Not 0: the hub would come back here before it looks at sockets and timers.
                    began = self._clock.monotonic()
            self._send_ended()
            if self._engine.starting:
                self._engine.freeze()

    def _measure_lag(self) -> None:
        while True:
            due = self._clock.monotonic() + _LAG_PROBE_S
            gevent.sleep(_LAG_PROBE_S)
            self._lag = max(self._lag, self._clock.monotonic() - due)

    def _end_interval(self, second: int, end: float) -> Ended:
        ended = self._recorder.end()
        interval = Interval(
            second=second,
            start_s=self._sent_to,
            end_s=end,
            users=self._engine.users,
            users_by_class=self._engine.users_by_class(),
            entries=[],
            errors=[],
            exceptions=ended.exceptions,
            health=self._health(end - self._sent_to),
            connections=ended.connections,
            starts=self._engine.take_starts(),
        )
        self._sent_to, self._second = end, second
        self._ended = ended, interval
        return ended

    def _send_ended(self) -> None:
        """Send the interval that ended last, unless it was sent."""
        if self._ended is None:
            return
        (ended, interval), self._ended = self._ended, None
        ended.finish()
        interval.entries, interval.errors = merge_entries(ended.entries), merge_errors(ended.errors)
        try:
            self._send(interval)
        except Exception:
            # One second is lost; those to come need not be.
            logger.error("The figures of second %d could not be sent", interval.second, exc_info=True)

    def _health(self, seconds: float) -> dict[str, Health]:
        """How the process fared; nothing for a last interval that is too short to say."""
        if seconds < _TELLING_S:
            return {}
        cpu = time.process_time()
        late = self._engine.late_starts
        health = Health(
            cpu=(cpu - self._cpu) / seconds * 100,
            lag_ms=self._lag * 1000,
            memory_mb=self._memory.resident_mb(),
            late_starts=late - self._late_starts,
            users=self._engine.users,
        )
        self._cpu, self._lag, self._late_starts = cpu, 0.0, late
        return {self._generator: health}


class _Memory:
    """How much memory this process has. The file stays open: a process that has run out of descriptors still has a pulse."""

    def __init__(self) -> None:
        try:
            self._statm = os.open("/proc/self/statm", os.O_RDONLY)
        except OSError:
            self._statm = -1

    def resident_mb(self) -> float:
        """The part that is in RAM, in MB; 0 where the system does not say."""
        return 0.0 if self._statm < 0 else int(os.pread(self._statm, 200, 0).split()[1]) * _PAGE / 1e6
