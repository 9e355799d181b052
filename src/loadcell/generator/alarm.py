"""A timer that is exact: the hub's own are rounded up to whole milliseconds, as epoll waits in them."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from typing import Any

from gevent import get_hub

_READ = 1
_MONOTONIC = 1
_NONBLOCK, _CLOEXEC = 0o4000, 0o2000000
_Times = ctypes.c_long * 4
"""struct itimerspec: repeat and first time, each in s and ns."""


class Alarm:
    """Calls a function on the hub, once for each `set`. On Linux by a timerfd; elsewhere by the hub's own timer."""

    def __init__(self, ring: Callable[[], None]) -> None:
        """`ring` runs on the hub, where nothing may wait."""
        self._ring = ring
        self._loop = get_hub().loop
        self._timer: Any = None
        self._libc = ctypes.CDLL(None, use_errno=True)
        create = getattr(self._libc, "timerfd_create", None)
        self._fd = -1 if create is None else create(_MONOTONIC, _NONBLOCK | _CLOEXEC)
        self._watcher: Any = None
        if self._fd >= 0:
            self._watcher = self._loop.io(self._fd, _READ)
            self._watcher.start(self._due)

    def set(self, seconds: float) -> None:
        """Ring in so many seconds, and not when was said before."""
        if self._fd < 0:
            self._clear_timer()
            self._timer = self._loop.timer(max(0.0, seconds))
            self._timer.start(self._ring)
            return
        ns = max(1, int(seconds * 1e9))  # 0 would switch it off.
        self._libc.timerfd_settime(self._fd, 0, _Times(0, 0, *divmod(ns, 1_000_000_000)), None)

    def close(self) -> None:
        """Ring no more."""
        self._clear_timer()
        if self._watcher is not None:
            self._watcher.stop()
            self._watcher.close()
            self._watcher = None
            os.close(self._fd)

    def _clear_timer(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer.close()
            self._timer = None

    def _due(self) -> None:
        try:
            os.read(self._fd, 8)
        except BlockingIOError:
            return  # It was set anew in between.
        self._ring()
