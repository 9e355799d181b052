"""Who belongs to the service, and who comes and goes."""

from __future__ import annotations

from pathlib import Path

from loadcell.errors import MonitorError
from loadcell.monitors.listening import family_of, find_listening, listening_sockets
from loadcell.monitors.reading import Reading
from loadcell.monitors.worker import Worker, stat_of

_LOOK_AGAIN_S = 5.0
_UNSETTLED_S = 15.0
"""How long after a change the service is looked at anew each time: a supervisor may be at work."""


class Members:
    """The processes that serve a port, or a process and what comes from it."""

    def __init__(self, port: int | None, pid: int | None) -> None:
        """With both, the service is looked for among what comes from the process."""
        self._port = port
        self._pid = pid
        self._main: int | None = None
        self._next_look = 0.0
        self._unsettled_until = 0.0
        self.workers: dict[int, Worker] = {}
        """Those that accept connections; without any, the process that was named."""
        self.helpers: dict[int, Worker] = {}
        """What else there is: a supervisor, what a worker has started."""

    def open(self) -> None:
        """Find them. MonitorError if there are none."""
        self.workers, self.helpers, self._next_look, self._main = {}, {}, 0.0, None
        self._look()
        if not self.workers:
            raise self._nobody()

    def update(self, now: float) -> list[Reading]:
        """Look again if it is time, and tell which workers came and went since the last time."""
        before = dict(self.workers)
        lost = [pid for pid, each in (self.workers | self.helpers).items() if each.stat() is None]
        for pid in lost:
            self.workers.pop(pid, None)
            self.helpers.pop(pid, None)
        if lost or now < self._unsettled_until or now >= self._next_look:
            self._look()
            self._next_look = now + _LOOK_AGAIN_S
        changes = [Reading("worker_gone", 1, str(pid)) for pid, each in before.items() if self.workers.get(pid) is not each]
        new = [pid for pid, each in self.workers.items() if before.get(pid) is not each]
        changes += [Reading("worker_started", 1, str(pid)) for pid in new]
        if changes:
            self._unsettled_until = now + _UNSETTLED_S
        return changes

    def _look(self) -> None:
        main = self._pid or self._main
        if main is None or stat_of(main) is None:
            main = self._pid
        # The whole machine is gone through only while it isn't known where the service comes from.
        listening = find_listening(self._port, within=main)
        if listening is not None:
            self._main = main = listening.main if self._pid is None else self._pid
        elif self._pid is not None and self._port is None and stat_of(self._pid) is not None:
            main = self._pid
        else:
            main = None
        workers = listening.workers if listening is not None else [main] if main is not None else []
        family = family_of(main) if main is not None else []
        self.workers = self._kept(workers, self.workers)
        self.helpers = self._kept([pid for pid in family if pid not in workers], self.helpers)

    @staticmethod
    def _kept(pids: list[int] | tuple[int, ...], known: dict[int, Worker]) -> dict[int, Worker]:
        found = {pid: known.get(pid) or Worker.of(pid) for pid in pids}
        return {pid: each for pid, each in found.items() if each is not None}

    def _nobody(self) -> MonitorError:
        if not Path("/proc/self/stat").exists():
            return MonitorError("Processes can't be read here", "They are on Linux.")
        if self._pid is not None and stat_of(self._pid) is None:
            return MonitorError(f"There is no process {self._pid}", "Is the service up?")
        if sockets := listening_sockets(self._port, self._pid):
            return MonitorError(
                f"The processes that listen on port {self._port} belong to another account (uid {sockets[0].account})",
                "Run loadcell under that account or as root, on the service's host.",
            )
        return MonitorError(
            f"Nobody listens on port {self._port}", "Is the service up? If it runs in a container, name its process by pid."
        )
