"""The probes in a service's workers: each one's document is read from its socket in a private directory."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from loadcell.clock import Clock, SystemClock
from loadcell.errors import MonitorError
from loadcell.monitors.probe_count import CountFile
from loadcell.monitors.probe_document import AnotherVersion, Document, parse
from loadcell.monitors.probe_troubles import ProbeTroubles
from loadcell.monitors.probed_worker import ProbedWorker
from loadcell.monitors.reading import Sight, Trouble
from loadcell.monitors.unix_sockets import read_all

_PATIENCE_S = 0.5
_LARGEST = 8_000_000
_USER = "Run loadcell as the user that the service runs as, or as root."
_INSTALL = (
    "Start the service with LOADCELL_PROBE_DIR={}, and put app = loadcell_probe.install(app) at the end of its module; "
    "the probe begins with the first request at the latest."
)


class Probe:
    """All workers of a service that have a probe. Of one that can't be read it is told once, and the others are read."""

    source = "probe"

    def __init__(self, directory: Path, clock: Clock | None = None) -> None:
        """`directory` is what LOADCELL_PROBE_DIR is for the service."""
        self._directory = directory
        self._clock = clock or SystemClock()
        self._install = _INSTALL.format(directory)
        self._workers: dict[int, ProbedWorker] = {}
        self._counts: dict[int, CountFile] = {}
        self._begin_anew()

    def _begin_anew(self) -> None:
        self._workers.clear()
        for count in self._counts.values():
            count.close()
        self._counts.clear()
        self._last_read: float | None = None
        self._failing = ProbeTroubles(_PATIENCE_S)
        self._troubles: deque[Trouble] = deque()
        self._nobody = False

    def open(self) -> None:
        self._begin_anew()
        if not self._directory.is_dir():
            raise MonitorError(f"There is no directory {self._directory} with sockets of the probe", self._install)

    def close(self) -> None:
        self._begin_anew()

    def read(self, now: float) -> Iterable[Sight]:
        sockets = self._sockets()
        documents: dict[int, Document] = {}
        failed: dict[int, Exception] = {}
        for path, content in read_all(sockets.values(), _PATIENCE_S, _LARGEST, self._clock).items():
            pid = int(path.stem)
            try:
                documents[pid] = _document(content)
            except ConnectionRefusedError as error:
                failed[pid] = error
                for left in (path, _count_of(path)):
                    with suppress(OSError):
                        left.unlink()
            except (OSError, ValueError, AnotherVersion) as error:
                failed[pid] = error
        gone = [pid for pid in self._workers if pid not in sockets or isinstance(failed.get(pid), ConnectionRefusedError)]
        for pid in gone:
            yield from self._last_of(pid, now)
        # One that was not there a moment ago has finished all its requests since.
        since = self._last_read
        new = {pid: ProbedWorker(since) for pid in sockets.keys() - self._workers.keys()}
        self._workers = {pid: worker for pid, worker in (self._workers | new).items() if pid in sockets and pid not in gone}
        self._last_read = now
        for pid, document in documents.items():
            if pid not in self._counts:
                with suppress(OSError):  # a probe of before there were such files, or one that could not make it
                    self._counts[pid] = CountFile(_count_of(sockets[pid]))
            yield from self._workers[pid].sights(document)
        self._troubles += self._failing.update(documents, failed)
        self._troubles += self._presence(bool(sockets))
        if self._troubles:  # a line a second is enough
            yield self._troubles.popleft()

    def _last_of(self, pid: int, now: float) -> Iterable[Sight]:
        """What a worker has done since the last read, and is no more."""
        worker, count = self._workers[pid], self._counts.pop(pid, None)
        if count is not None:
            finished = count.finished()
            count.close()
            if finished is not None:
                yield from worker.ended(finished, now)

    def _sockets(self) -> dict[int, Path]:
        try:
            paths = [self._directory / name for name in os.listdir(self._directory) if name.endswith(".sock")]
        except PermissionError as error:
            raise MonitorError(f"The directory {self._directory} is closed to this user", _USER) from error
        except OSError as error:
            raise MonitorError(f"The directory {self._directory} can't be read: {error.strerror}", self._install) from error
        return {int(path.stem): path for path in sorted(paths) if path.stem.isdecimal()}

    def _presence(self, anybody: bool) -> list[Trouble]:
        if anybody is not self._nobody:
            return []
        self._nobody = not anybody
        if anybody:
            return [Trouble(f"There are workers with a probe in {self._directory} now", over=True)]
        return [Trouble(f"No worker has a probe in {self._directory}", self._install)]


def _count_of(socket: Path) -> Path:
    return socket.with_suffix(".count")


def _document(content: bytes | OSError) -> Document:
    if isinstance(content, OSError):
        raise content
    if not content:  # it has ended before it answered
        raise ConnectionResetError
    return parse(content)
