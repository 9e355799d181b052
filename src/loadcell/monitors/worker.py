"""One process of the service, read from /proc."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress

from loadcell.monitors.files import text_of
from loadcell.monitors.procfs import Stat, parse_descriptor_limit, parse_fields, parse_schedstat, parse_stat
from loadcell.monitors.rates import Rates
from loadcell.monitors.reading import Reading, Sight, Unseen

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_SCHEDULED = 2
"""Of the kernel's kinds of CPU clock, the one in ns; with the complement of a pid it names the clock of that process."""
_NS_PER_PERCENT = 1e7
_DEAR_S = 0.005
_SELDOM_S = 10.0
_CLOSED = Unseen(
    "memory that workers don't share, their disk I/O and open files",
    "Run loadcell under the account of the service, or as root.",
)


class Worker:
    """A process from when it is first seen. Tells one process from a later one with the same number."""

    def __init__(self, pid: int, stat: Stat) -> None:
        self.pid = pid
        self.started = stat.started
        self._of = str(pid)
        self._rates = Rates()
        self._next_unshared = 0.0
        self._thread_waits: dict[str, int] = {}
        self._waited_at = 0.0

    @classmethod
    def of(cls, pid: int) -> Worker | None:
        """The process with this pid; None if there is none."""
        stat = stat_of(pid)
        return None if stat is None else cls(pid, stat)

    def stat(self) -> Stat | None:
        """What the kernel says of it now; None once it is gone."""
        stat = stat_of(self.pid)
        return stat if stat is not None and stat.started == self.started and stat.state not in "ZX" else None

    def read(self, stat: Stat, now: float) -> Iterator[Sight]:
        """All that there is to see of a worker, given what `stat` said."""
        yield Reading("worker_threads", stat.threads, self._of)
        yield from self.read_usage("worker", stat, now)
        yield from self._rate("worker_faults", stat.minor_faults, now)
        yield from self._rate("worker_major_faults", stat.major_faults, now)
        yield from self._scheduling(now)
        yield from self._belongings(now)

    def read_usage(self, kind: str, stat: Stat, now: float) -> Iterator[Reading]:
        """CPU and memory as signals of a `kind` of process."""
        yield from self._rate(f"{kind}_cpu", 100 * _cpu_s(self.pid, stat), now)
        if sizes := (text_of(f"/proc/{self.pid}/statm") or "").split():
            yield Reading(f"{kind}_memory", int(sizes[1]) * _PAGE / 1e6, self._of)

    def _scheduling(self, now: float) -> Iterator[Reading]:
        task = f"/proc/{self.pid}/task/{self.pid}"
        if (times := parse_schedstat(text_of(f"{task}/schedstat") or "")) is not None:
            yield from self._rate("loop_cpu", times[0] / _NS_PER_PERCENT, now)
            yield from self._rate("loop_wait", times[1] / _NS_PER_PERCENT, now)
            yield from self._waits(now)
        counted = parse_fields(text_of(f"{task}/status") or "")
        for signal, name in (("loop_switches", "voluntary_ctxt_switches"), ("loop_preempted", "nonvoluntary_ctxt_switches")):
            if name in counted:
                yield from self._rate(signal, counted[name], now)

    def _waits(self, now: float) -> Iterator[Reading]:
        """The run-queue wait of all threads. By thread, because what an ended one has waited is no longer told."""
        waits = {}
        with suppress(OSError):
            for thread in os.listdir(f"/proc/{self.pid}/task"):
                if (times := parse_schedstat(text_of(f"/proc/{self.pid}/task/{thread}/schedstat") or "")) is not None:
                    waits[thread] = times[1]
        before, self._thread_waits = self._thread_waits, waits
        passed, self._waited_at = now - self._waited_at, now
        if before and passed > 0:
            added = sum(max(waited - before[thread], 0) for thread, waited in waits.items() if thread in before)
            yield Reading("worker_wait", added / _NS_PER_PERCENT / passed, self._of)

    def _belongings(self, now: float) -> Iterator[Sight]:
        """What only the same account and root may see."""
        if (limit := parse_descriptor_limit(text_of(f"/proc/{self.pid}/limits") or "")) is not None:
            yield Reading("worker_fds_limit", limit, self._of)
        try:
            yield Reading("worker_fds", _open_files(self.pid), self._of)
            with open(f"/proc/{self.pid}/io") as file:
                moved = parse_fields(file.read())
        except PermissionError:
            yield _CLOSED
            return
        except OSError:
            return  # gone, or a kernel that doesn't count
        yield from self._rate("worker_disk_read", moved.get("read_bytes", 0) / 1e6, now)
        yield from self._rate("worker_disk_write", moved.get("write_bytes", 0) / 1e6, now)
        yield from self._unshared(now)

    def _unshared(self, now: float) -> Iterator[Reading]:
        """The kernel counts page by page, and the process can't grow meanwhile: where that takes long, it is asked less."""
        if now < self._next_unshared:
            return
        began = time.perf_counter()
        sizes = parse_fields((text_of(f"/proc/{self.pid}/smaps_rollup") or "").partition("\n")[2])
        if time.perf_counter() - began > _DEAR_S:
            self._next_unshared = now + _SELDOM_S
        if "Private_Dirty" in sizes:
            yield Reading("worker_unshared", (sizes["Private_Clean"] + sizes["Private_Dirty"]) / 1e6, self._of)

    def _rate(self, signal: str, total: float, now: float) -> Iterator[Reading]:
        if (rate := self._rates.per_second(signal, total, now)) is not None:
            yield Reading(signal, rate, self._of)


def stat_of(pid: int) -> Stat | None:
    """/proc/<pid>/stat; None if there is no such process."""
    try:
        return parse_stat(text_of(f"/proc/{pid}/stat") or "")
    except ValueError:
        return None


def _cpu_s(pid: int, stat: Stat) -> float:
    """CPU that a process has used: by its clock, to the ns, where that can be read; else in ticks of 10 ms."""
    try:
        return time.clock_gettime(~pid << 3 | _SCHEDULED)
    except OSError:
        return (stat.user_ticks + stat.system_ticks) / _TICKS


def _open_files(pid: int) -> int:
    """How many descriptors are open. Newer kernels say it as the folder's size."""
    folder = f"/proc/{pid}/fd"
    return os.stat(folder).st_size or len(os.listdir(folder))
