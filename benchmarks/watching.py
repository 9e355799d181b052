"""Memory and processor time of a running command and its children, read from the side."""

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import psutil

_PERIOD_S = 0.25


@dataclass(slots=True)
class Seen:
    """One process: resident memory in MB, processor time in seconds, and the window it was seen in."""

    command: str
    root: bool
    peak_mb: float = 0.0
    last_mb: float = 0.0
    cpu_s: float = 0.0
    readings: list[tuple[float, float]] = field(default_factory=list)

    def cpu_percent(self, skip_s: float = 0.0) -> float:
        """Percent of one core, from `skip_s` seconds after the process was first seen to the last reading."""
        kept = [each for each in self.readings if each[0] - self.readings[0][0] >= skip_s]
        if len(kept) < 2:
            return 0.0
        (start, before), (end, after) = kept[0], kept[-1]
        return 100 * (after - before) / (end - start)


class Watch:
    """The processes of one command, by their ids."""

    def __init__(self, pid: int) -> None:
        self._root = psutil.Process(pid)
        self.seen: dict[int, Seen] = {}

    def read(self) -> None:
        """Take one reading of every process that lives now."""
        with contextlib.suppress(psutil.NoSuchProcess):
            for process in [self._root, *self._root.children(recursive=True)]:
                with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                    self._note(process)

    def _note(self, process: psutil.Process) -> None:
        with process.oneshot():
            memory = process.memory_info().rss / 2**20
            times = process.cpu_times()
            command = " ".join(process.cmdline())
        if not memory:
            return
        seen = self.seen.setdefault(process.pid, Seen(command, process.pid == self._root.pid))
        seen.command = command
        seen.peak_mb, seen.last_mb = max(seen.peak_mb, memory), memory
        seen.cpu_s = times.user + times.system
        seen.readings.append((time.monotonic(), seen.cpu_s))

    @property
    def controller(self) -> Seen:
        """The process that was started."""
        return self.seen[self._root.pid]

    @property
    def generator(self) -> Seen:
        """The process that makes the load: of all processes the one that used most processor time."""
        return max(self.seen.values(), key=lambda each: each.cpu_s)


@contextlib.contextmanager
def watched(pid: int) -> Iterator[Watch]:
    """Read the process and its children a few times a second until the block ends."""
    watch, done = Watch(pid), threading.Event()

    def loop() -> None:
        while not done.wait(_PERIOD_S):
            watch.read()

    watch.read()
    thread = threading.Thread(target=loop, daemon=True)
    thread.start()
    try:
        yield watch
    finally:
        done.set()
        thread.join()
