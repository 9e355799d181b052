"""Whether a run says something about the service: not if the generators were the limit; pure.

A run is invalid where a generator

- used more than 90 % of a core for more than 3 s on end,
- had an event loop that was more than 100 ms late in more than 3 seconds, and in more than 1 % of all,
- ran out of file descriptors, or of local ports while others were connected.

In the open model it also proves nothing if more than 5 % of the iterations that were due never started: what is kept at less
load than was asked for need not be kept at that load. What is missed at less load is missed all the same.

Two things are no reasons. Users that start late (`late_starts`) make the ramp longer, and the ramp is not judged. Little's
law (users = requests/s × (response + wait)) can't convict a generator in the closed model: nobody but the scenario knows how
long its users wait, and a user that sends several requests at once rightly has more than one of them under way. What a
generator takes for itself shows up in its CPU and its lag.
"""

from __future__ import annotations

import re
from collections import Counter

from loadcell.histogram import Histogram

MAX_CPU = 90.0
"""Above this, in % of a core, a generator has no time left to send requests when they are due."""
MAX_CPU_SECONDS = 3
MAX_LAG_MS = 100.0
MAX_LAG_SECONDS = 3
MAX_DROPPED = 0.05
LEAD = "lead"
"""The process without users: its pauses delay no request."""

_SYSTEM_ERROR = re.compile(r"OSError\((\d+), ")
_DESCRIPTORS = ("23", "24")
"""ENFILE, EMFILE."""
_PORTS = "99"
"""EADDRNOTAVAIL: also what a network without a way to an address says, so it only counts where others found theirs."""


class Strain:
    """How the generators fared, second by second."""

    def __init__(self) -> None:
        self._lags = Histogram()
        self._lagging = 0
        self._busy: dict[str, int] = {}
        """By generator: how many seconds on end it has been busy."""
        self._longest: Counter[str] = Counter()
        self.cpu_max: float | None = None

    def second(self, generator: str, cpu: float, lag_ms: float) -> None:
        """Add a second of one generator: the CPU used, in % of a core, and how late its event loop was at the most."""
        if generator == LEAD:
            return
        self.cpu_max = cpu if self.cpu_max is None else max(self.cpu_max, cpu)
        self._lags.record(round(lag_ms * 1000))
        self._lagging += lag_ms > MAX_LAG_MS
        self._busy[generator] = self._busy.get(generator, 0) + 1 if cpu > MAX_CPU else 0
        self._longest[generator] = max(self._longest[generator], self._busy[generator])

    @property
    def lag_p99_ms(self) -> float | None:
        """The p99 of the seconds' longest lags."""
        lag = self._lags.percentile(99)
        return None if lag is None else round(lag / 1000, 4)

    def reasons(self) -> list[str]:
        """Why the run is invalid, and what to do, one sentence each; none where it is valid."""
        found = []
        for generator, seconds in self._longest.most_common(1):
            if seconds > MAX_CPU_SECONDS:
                found.append(
                    f"Generator {generator} used more than {MAX_CPU:.0f} % of a core for {seconds} s on end: "
                    "it sent requests later than it should have, and fewer. Use more --processes."
                )
        lag = self.lag_p99_ms
        if lag is not None and lag > MAX_LAG_MS and self._lagging > MAX_LAG_SECONDS:
            found.append(
                f"The generators' event loops were up to {lag:.0f} ms late (p99): requests were sent later than they should "
                "have been, and fewer. Look for code in the scenario that blocks, or use more --processes."
            )
        return found


class Exhaustion:
    """What the generators had nothing left of, by the requests that failed of it."""

    def __init__(self) -> None:
        self._descriptors = 0
        self._ports = 0

    def error(self, text: str, occurrences: int) -> None:
        """Add failed requests, with the text they failed with."""
        if found := _SYSTEM_ERROR.match(text):
            self._descriptors += occurrences if found[1] in _DESCRIPTORS else 0
            self._ports += occurrences if found[1] == _PORTS else 0

    def reasons(self, *, connected: bool) -> list[str]:
        """As those of `Strain`; `connected` says whether any connection or request succeeded."""
        found = []
        if self._descriptors:
            found.append(
                f"{_requests(self._descriptors)} failed because the generators had no file descriptors left. Raise the "
                "limit with `ulimit -n` before the command, or share the users out with --processes."
            )
        if self._ports and connected:
            found.append(
                f"{_requests(self._ports)} failed because this machine had no local ports left. Let connections live for "
                "more than one request, widen net.ipv4.ip_local_port_range, or use fewer users."
            )
        return found


def shortfall(due: int, dropped: int) -> list[str]:
    """Why less load was offered than was asked for, in the open model: a sentence, or none."""
    if not due or dropped / due <= MAX_DROPPED:
        return []
    return [
        f"{100 * dropped / due:.0f} % of the iterations that were due never started, because all users were busy: the "
        "service got less load than was asked for. Allow more users with --max-users."
    ]


def _requests(number: int) -> str:
    return "1 request" if number == 1 else f"{number:,} requests"
