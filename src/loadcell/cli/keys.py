"""Single keys of the terminal, while a run lasts: more users and fewer."""

from __future__ import annotations

import asyncio
import os
import sys
import termios
import tty
from collections.abc import Callable
from typing import Any

CHANGES = {"w": +1, "W": +10, "s": -1, "S": -10}
"""Locust's keys: how many users more."""


def owns_terminal() -> bool:
    """Whether this process may change the terminal; one in the background would be stopped for it."""
    try:
        return sys.stdin.isatty() and os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
    except (OSError, ValueError):
        return False  # It is a terminal, but not the one that controls this process.


class Keys:
    """Reads keys as they are pressed, and calls `change` with the number of users; without a terminal it does nothing."""

    def __init__(self, change: Callable[[int], None]) -> None:
        self._change = change
        self._before: list[Any] | None = None
        if owns_terminal():
            self._before = termios.tcgetattr(sys.stdin)
            tty.setcbreak(sys.stdin, termios.TCSANOW)
            asyncio.get_running_loop().add_reader(sys.stdin.fileno(), self._read)

    def _read(self) -> None:
        try:
            pressed = os.read(sys.stdin.fileno(), 64).decode(errors="replace")
        except OSError:
            pressed = ""
        if not pressed:  # The terminal is gone.
            self._stop_reading()
        if more := sum(CHANGES.get(key, 0) for key in pressed):
            self._change(more)

    def _stop_reading(self) -> None:
        asyncio.get_running_loop().remove_reader(sys.stdin.fileno())

    def close(self) -> None:
        """Leave the terminal as it was."""
        if self._before is not None:
            self._stop_reading()
            if owns_terminal():
                termios.tcsetattr(sys.stdin, termios.TCSANOW, self._before)
