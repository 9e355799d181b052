"""Which lines busy workers are at, seen from outside by py-spy, for services without a probe.

Only workers that are kept busy are looked at, once a second each. py-spy reads their memory without stopping them; a look
costs 20 to 40 ms of CPU, in a process of its own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections import Counter, deque
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path

from loadcell.clock import Clock, SystemClock
from loadcell.monitors.files import text_of
from loadcell.monitors.procfs import parse_stat
from loadcell.monitors.reading import Reading, Sight, Unseen
from loadcell.monitors.sampler import Sampler
from loadcell.monitors.stack_lines import line_of, parse

_PER_PERIOD = 4
"""So many looks at most, at all workers together, in the time between two at the same one."""
_PATIENCE_S = 2.0
_KEPT = 20
_FEWEST = 5
"""Looks, before a line is named."""
_LEAST_SHARE = 20.0
_GIVEN_UP_AFTER = 3
"""Failures in a row: it is no Python, or one that py-spy does not know."""
_WHAT = "at which line the service computes or is blocked"
_NO_TOOL = Unseen(_WHAT, "pip install 'loadcell[pyspy]', or put the probe into the service (docs/probe.md).")
_NOT_PERMITTED = Unseen(
    _WHAT,
    "py-spy may not look at the service: run loadcell as root, or as the service's user where kernel.yama.ptrace_scope is "
    "0; or put the probe into the service (docs/probe.md).",
)


class Stacks:
    """Looks at the workers it is told of, in a thread of its own."""

    def __init__(self, tool: str | None, clock: Clock | None = None, every_s: float = 1.0) -> None:
        """`tool` is py-spy's path, None where it is not installed; a worker is looked at every `every_s`."""
        self._tool = tool
        self._clock = clock or SystemClock()
        self._every_s = every_s
        self._lock = threading.Lock()
        self._sampler: Sampler | None = None
        self._due: dict[int, float] = {}
        self._looks: dict[int, deque[tuple[str, str] | None]] = {}
        self._failures: Counter[int] = Counter()
        self._unseen: Unseen | None = None

    def open(self) -> None:
        """Begin; nothing is looked at until workers are busy."""
        if self._tool is not None:
            self._sampler = Sampler(self._look_around, self._every_s / _PER_PERIOD, "stacks")
            self._sampler.start()

    def close(self) -> None:
        """End; more than once does no harm."""
        if self._sampler is not None:
            self._sampler.stop()
            self._sampler = None

    def take(self, busy: Collection[int]) -> Iterator[Sight]:
        """What has been found of the workers that are busy, which are looked at from now on; the others no more."""
        with self._lock:
            for pid in self._looks.keys() - set(busy):
                del self._looks[pid], self._due[pid]
            for pid in set(busy) - self._looks.keys():
                self._looks[pid], self._due[pid] = deque(maxlen=_KEPT), 0.0
            looks = {pid: list(found) for pid, found in self._looks.items()}
            unseen = _NO_TOOL if self._tool is None and busy else self._unseen
        if unseen is not None:
            yield unseen
        for pid, found in looks.items():
            if len(found) >= _FEWEST:
                yield from _readings(pid, found)

    def _look_around(self) -> None:
        """Look at the worker whose turn it is, if it is due."""
        now = self._clock.monotonic()
        with self._lock:
            due = [pid for pid, at in self._due.items() if at <= now and self._failures[pid] < _GIVEN_UP_AFTER]
            if not due:
                return
            pid = min(due, key=lambda pid: self._due[pid])
            self._due[pid] = now + self._every_s
        self._look(pid)

    def _look(self, pid: int) -> None:
        signal = "stack_computing" if _is_running(pid) else "stack_blocking"
        try:
            done = subprocess.run(
                [str(self._tool), "dump", "--json", "--nonblocking", "--pid", str(pid)],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_PATIENCE_S,
                check=False,
            )
            line = line_of(parse(done.stdout), pid, os.readlink(f"/proc/{pid}/cwd")) if done.returncode == 0 else None
        except (OSError, ValueError, subprocess.TimeoutExpired):
            done = None
        with self._lock:
            if done is not None and done.returncode == 0:
                self._failures[pid] = 0
                if pid in self._looks:
                    self._looks[pid].append((signal, line) if line else None)
                return
            self._failures[pid] += 1
            if done is not None and b"permission denied" in done.stderr.lower():
                self._failures[pid] = _GIVEN_UP_AFTER
                self._unseen = _NOT_PERMITTED


def _readings(pid: int, looks: list[tuple[str, str] | None]) -> Iterator[Reading]:
    """Of each kind the line that most looks have found, if it is worth naming."""
    for signal in ("stack_blocking", "stack_computing"):
        counted = Counter(look[1] for look in looks if look is not None and look[0] == signal)
        for line, found in counted.most_common(1):
            if 100 * found >= _LEAST_SHARE * len(looks):
                yield Reading(signal, 100 * found / len(looks), f"{pid} {line}")


def _is_running(pid: int) -> bool:
    """Whether the main thread computes, or would if it got a core, rather than wait for something."""
    with suppress(ValueError):
        return parse_stat(text_of(f"/proc/{pid}/task/{pid}/stat") or "").state == "R"
    return False


def find_tool() -> str | None:
    """The path of py-spy: beside this Python, or where the shell finds it."""
    beside = Path(sys.executable).with_name("py-spy")
    return str(beside) if beside.exists() else shutil.which("py-spy")
