"""Timers to the microsecond: an event loop rounds its own, and with them every scripted latency, to milliseconds."""

import asyncio
import ctypes
import heapq
import itertools
import os
import struct
import time
from collections.abc import Callable
from typing import Any

_libc = ctypes.CDLL(None, use_errno=True)
_CLOCK_MONOTONIC = 1
_NONBLOCK_CLOEXEC = 0o2000000 | 0o4000
_ABSOLUTE = 1


class Timers:
    """Calls functions at a given time, on one Linux timerfd for all of them."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._heap: list[tuple[int, int, Callable[..., None], tuple[Any, ...]]] = []
        self._numbers = itertools.count()
        self._armed_ns = 0
        self._fd = _libc.timerfd_create(_CLOCK_MONOTONIC, _NONBLOCK_CLOEXEC)
        if self._fd < 0:
            raise OSError(ctypes.get_errno(), "timerfd_create failed")
        loop.add_reader(self._fd, self._ring)

    def call_at(self, due_ns: int, function: Callable[..., None], *arguments: Any) -> None:
        """Call a function when the monotonic clock reads this many nanoseconds."""
        heapq.heappush(self._heap, (due_ns, next(self._numbers), function, arguments))
        if not self._armed_ns or due_ns < self._armed_ns:
            self._arm(due_ns)

    def _arm(self, due_ns: int) -> None:
        self._armed_ns = due_ns
        seconds, nanoseconds = divmod(max(due_ns, 1), 1_000_000_000)
        setting = struct.pack("@llll", 0, 0, seconds, nanoseconds)
        _libc.timerfd_settime(self._fd, _ABSOLUTE, setting, None)

    def _ring(self) -> None:
        try:
            os.read(self._fd, 8)
        except BlockingIOError:
            return
        self._armed_ns = 0
        while self._heap and self._heap[0][0] <= time.monotonic_ns():
            _, _, function, arguments = heapq.heappop(self._heap)
            function(*arguments)
        if self._heap and not self._armed_ns:
            self._arm(self._heap[0][0])
