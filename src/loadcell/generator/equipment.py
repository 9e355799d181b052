"""What all users of one environment share: a network, a recorder of what happens on it, and a runtime."""

from __future__ import annotations

from loadcell.clock import Clock, SystemClock
from loadcell.generator.recorder import Recorder
from loadcell.generator.runtime import GeventRuntime
from loadcell.generator.sockets import GeventNetwork
from loadcell.guard import Guard
from loadcell.http.transport import Transport


class Equipment:
    """Made once for each environment; `start_at` is second 0 of what is recorded, on the monotonic clock."""

    def __init__(self, clock: Clock | None = None, guard: Guard | None = None, *, read_only: bool = False) -> None:
        """`guard`: what may be connected to; None for this machine and private networks alone. `read_only`: leave
        requests out that may change data."""
        self.clock = clock or SystemClock()
        self.start_at = self.clock.monotonic()
        self.recorder = Recorder(self.elapsed_s)
        network = self.network = GeventNetwork(guard=guard or Guard())
        self.runtime = GeventRuntime(network, Transport(network, self.recorder, read_only=read_only))

    def elapsed_s(self) -> float:
        """Seconds since second 0."""
        return self.clock.monotonic() - self.start_at
