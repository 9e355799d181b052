"""The services that are assessed, and the truth about each."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    """A service, what is asked of it, and what must be found; times in ms."""

    name: str
    slots: int
    service_ms: float
    limit_ms: float
    """The objective: p95 < this."""
    rounds: int = 1
    is_open: bool = False
    faults: str = ""
    """More of `/work`'s query: what becomes of it under too much load."""
    server: tuple[str, ...] = ()
    """Arguments of the server."""
    sign: str = "latency"
    state: str = "recovered"

    @property
    def truth(self) -> float:
        """The capacity. Open: what the slots deliver; closed: how many users without a pause wait less than the limit."""
        if self.is_open:
            return 1000 * self.slots / self.service_ms
        return float(int(self.limit_ms * self.slots / self.service_ms))

    @property
    def path(self) -> str:
        """What is requested."""
        return f"/work?slots={self.slots}&ms={self.service_ms:g}" + (f"&{self.faults}" if self.faults else "")

    def within(self, found: float | None) -> bool:
        """5 %, or one user."""
        if found is None:
            return False
        off = abs(found - self.truth)
        return off <= 0.05 * self.truth or (not self.is_open and off <= 1)


# In the closed model the response time is a number of whole service times, or that number and a part that depends on how
# the slots happen to be apart: the limits lie a little above a whole number, and service times are short.
CASES = (
    Case("400/s, users", 2, 5, 151.2, rounds=3),
    Case("1,000/s, users", 4, 4, 100.6, rounds=3),
    Case("400/s, arrivals", 2, 5, 150, rounds=3, is_open=True),
    Case("1,000/s, arrivals", 4, 4, 100, rounds=3, is_open=True),
    Case("collapses", 2, 10, 603, faults="collapse=300&beyond=130", sign="throughput_collapse"),
    Case("refuses", 2, 10, 152, server=("--max-connections", "45"), sign="refused"),
    Case("crashes, comes back", 2, 10, 152, faults="crash=80", server=("--restart-after", "6"), sign="crash"),
    Case("crashes for good", 2, 10, 152, faults="crash=80", sign="crash", state="dead"),
    Case("stays slow", 2, 10, 152, faults="trip=80", sign="throughput_collapse", state="degraded"),
    Case("slow until left alone", 2, 10, 152, faults="trip=80&heal=5", sign="throughput_collapse", state="metastable"),
)
