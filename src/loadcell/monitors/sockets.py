"""The service's sockets: connections that wait to be accepted, requests that wait to be read."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from loadcell.errors import MonitorError
from loadcell.monitors.files import text_of
from loadcell.monitors.inet_diag import CLOSE_WAIT, ESTABLISHED, FAMILIES, LISTEN, connected_of, listening_of
from loadcell.monitors.listening import same_namespace
from loadcell.monitors.procfs import Socket, parse_netstat, parse_sockets
from loadcell.monitors.rates import Rates
from loadcell.monitors.reading import Reading, Sight, Unseen
from loadcell.monitors.sampler import Sampler

_SAMPLES_S = 0.1
_OVERFLOWS = {"accept_overflows": "TcpExt.ListenOverflows", "accept_drops": "TcpExt.ListenDrops"}
_NO_LIMIT = Unseen(
    "how many connections may wait to be accepted", "Run loadcell in the network namespace of the service, on Linux."
)


class Sockets:
    """The sockets at a port. Sampled several times a second, because queues come and go."""

    source = "sockets"

    def __init__(self, port: int, *, pid: int | None = None) -> None:
        """`pid` names a process of the service, if it is in another network namespace."""
        self._port = port
        self._pid = pid
        self._rates = Rates()
        self._sums = Sums()
        self._lock = threading.Lock()
        self._samplers: list[Sampler] = []
        self._families: list[int] = []
        """Those that listen, if the kernel can be asked; else none, and /proc is read."""

    def open(self) -> None:
        self._rates, self._sums = Rates(), Sums()
        self._families = self._asked_families()
        if not self._families and not any(each.state == LISTEN for each in self._from_proc()):
            raise MonitorError(
                f"Nobody listens on port {self._port}",
                "Is the service up? If it runs in a container, name its process by pid.",
            )
        looks = [self._look_at_queue, self._look_at_connections] if self._families else [self._look_at_all]
        self._samplers = [Sampler(look, _SAMPLES_S, "sockets") for look in looks]
        for sampler in self._samplers:
            sampler.start()

    def close(self) -> None:
        for sampler in self._samplers:
            sampler.stop()
        self._samplers = []

    def read(self, now: float) -> Iterable[Sight]:
        for sampler in self._samplers:
            sampler.check()
        with self._lock:
            sums, self._sums = self._sums, Sums()
        yield from sums.readings(str(self._port))
        if not self._families:
            yield _NO_LIMIT
        yield from self._overflows(now)

    def _asked_families(self) -> list[int]:
        if not same_namespace(self._pid):
            return []
        try:
            return [family for family in FAMILIES if listening_of(self._port, family)]
        except (OSError, AttributeError):  # not permitted, not Linux
            return []

    def _look_at_queue(self) -> None:
        listening = [each for family in FAMILIES for each in listening_of(self._port, family)]
        with self._lock:
            self._sums.add_queue(listening)

    def _look_at_connections(self) -> None:
        connected = [each for family in self._families for each in connected_of(self._port, family)]
        with self._lock:
            self._sums.add_connections(connected)

    def _look_at_all(self) -> None:
        found = self._from_proc()
        with self._lock:
            self._sums.add_queue(found)
            self._sums.add_connections(found)

    def _from_proc(self) -> list[Socket]:
        folder = f"/proc/{self._pid or 'self'}/net"
        # What stands for a limit there is not one.
        found = [each for name in ("tcp", "tcp6") for each in parse_sockets(text_of(f"{folder}/{name}") or "", self._port)]
        return [each._replace(unsent=0) if each.state == LISTEN else each for each in found]

    def _overflows(self, now: float) -> Iterator[Reading]:
        counters = parse_netstat(text_of(f"/proc/{self._pid or 'self'}/net/netstat") or "")
        for signal, name in _OVERFLOWS.items():
            if name in counters and (rate := self._rates.per_second(signal, counters[name], now)) is not None:
                yield Reading(signal, rate)


@dataclass(slots=True)
class Sums:
    """Samples of a port's sockets added up."""

    queue: int | None = None
    limit: int = 0
    samples: int = 0
    open: int = 0
    unread: int = 0
    unsent: int = 0
    unclosed: int = 0

    def add_queue(self, sockets: Iterable[Socket]) -> None:
        """Add a sample of the listening ones among some sockets."""
        listening = [each for each in sockets if each.state == LISTEN]
        self.queue = max(self.queue or 0, sum(each.unread for each in listening))
        self.limit = sum(each.unsent for each in listening)

    def add_connections(self, sockets: Iterable[Socket]) -> None:
        """Add a sample of the connections among some sockets."""
        self.samples += 1
        for each in sockets:
            if each.state == ESTABLISHED:
                self.open += 1
                self.unread += each.unread > 0
                self.unsent += each.unsent > 0
            elif each.state == CLOSE_WAIT:
                self.unclosed += 1

    def readings(self, port: str) -> list[Reading]:
        """What the samples say: the longest queue, and the mean of all else."""
        found = [] if self.queue is None else [Reading("accept_queue", self.queue, port)]
        if self.limit:
            found.append(Reading("accept_limit", self.limit, port))
        if self.samples:
            found += [
                Reading("sockets_open", self.open / self.samples, port),
                Reading("sockets_unread", self.unread / self.samples, port),
                Reading("sockets_unsent", self.unsent / self.samples, port),
                Reading("sockets_unclosed", self.unclosed / self.samples, port),
            ]
        return found
