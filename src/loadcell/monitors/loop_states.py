"""What the main threads of some processes are doing, sampled many times a second: state and kernel function (wchan)."""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Collection
from contextlib import suppress

IDLE = "loop_idle"
UNSEEN = "loop_unseen"
_BY_STATE = {"R": "loop_running", "D": "loop_on_disk", "T": "loop_stopped", "t": "loop_stopped"}
_BY_FUNCTION = {
    # Names differ between kernels, and compilers append to them, so beginnings are compared.
    "do_epoll_wait": IDLE,
    "ep_poll": IDLE,
    "io_cqring_wait": IDLE,
    "futex_": "loop_in_futex",
    "hrtimer_nanosleep": "loop_in_sleep",
    "do_nanosleep": "loop_in_sleep",
    "common_nsleep": "loop_in_sleep",
    "poll_schedule_timeout": "loop_in_poll",
    "do_sys_poll": "loop_in_poll",
    "do_poll": "loop_in_poll",
    "do_select": "loop_in_poll",
    "sk_": "loop_in_network",
    "tcp_": "loop_in_network",
    "inet_": "loop_in_network",
    "unix_": "loop_in_network",
    "wait_woken": "loop_in_network",
    "__skb_wait": "loop_in_network",
    "skb_wait": "loop_in_network",
    "sock_": "loop_in_network",
    "io_schedule": "loop_on_disk",
    "folio_": "loop_on_disk",
    "jbd2_": "loop_on_disk",
    "wait_on_page": "loop_on_disk",
    "submit_bio": "loop_on_disk",
    "blk_": "loop_on_disk",
}
GROUPS = frozenset({*_BY_STATE.values(), *_BY_FUNCTION.values(), UNSEEN, "loop_elsewhere"})
"""The signals that the samples are counted under."""


def group_of(state: str, function: str) -> str:
    """The signal that a sample counts for, from a thread's state letter and the kernel function it waits in; pure."""
    if state in _BY_STATE:
        return _BY_STATE[state]
    if function in ("", "0"):
        return UNSEEN
    return next((group for start, group in _BY_FUNCTION.items() if function.startswith(start)), "loop_elsewhere")


class LoopStates:
    """Samples since they were last taken. `sample` may run in a thread of its own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._files: dict[int, tuple[int, int | None]] = {}
        self._counted: dict[int, Counter[str]] = {}

    def watch(self, pids: Collection[int]) -> None:
        """Sample these processes from now on, and no others."""
        with self._lock:
            for pid in set(self._files) - set(pids):
                self._close(pid)
            for pid in set(pids) - set(self._files):
                with suppress(OSError):
                    self._files[pid] = (_open(pid, "stat"), None)
                    with suppress(OSError):
                        self._files[pid] = (self._files[pid][0], _open(pid, "wchan"))

    def sample(self) -> None:
        """Look at each once. Files stay open, so one look costs a system call or two."""
        with self._lock:
            for pid, (stat, wchan) in self._files.items():
                try:
                    state = os.pread(stat, 512, 0).rpartition(b")")[2][1:2].decode()
                    # What a running thread waits in is not asked for.
                    waits = state not in _BY_STATE and wchan is not None
                    function = os.pread(wchan, 128, 0).decode() if waits and wchan is not None else ""
                except OSError:
                    continue  # gone; who watches will notice
                self._counted.setdefault(pid, Counter())[group_of(state, function)] += 1

    def take(self) -> dict[int, dict[str, float]]:
        """The shares (%) of each group in the samples since the last time, by pid; of every group, if there were samples."""
        with self._lock:
            counted, self._counted = self._counted, {}
        return {pid: {group: 100 * counts[group] / counts.total() for group in GROUPS} for pid, counts in counted.items()}

    def close(self) -> None:
        """Let go of all files."""
        with self._lock:
            for pid in list(self._files):
                self._close(pid)

    def _close(self, pid: int) -> None:
        for file in self._files.pop(pid):
            if file is not None:
                os.close(file)


def _open(pid: int, name: str) -> int:
    return os.open(f"/proc/{pid}/{name}", os.O_RDONLY | os.O_CLOEXEC)
