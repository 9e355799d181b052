"""What the server itself saw: the time of every request, and the connections it accepted."""

import math
from array import array
from collections.abc import Sequence
from typing import Any

PERCENTILES = (50.0, 90.0, 95.0, 99.0, 99.9)


def nearest_rank(ordered: Sequence[int], percent: float) -> int:
    """The exact percentile of an ascending sequence: its smallest value with at least that share at or below it."""
    return ordered[max(1, math.ceil(percent / 100 * len(ordered))) - 1]


class Truth:
    """Times in nanoseconds, per path, from a request fully read to its last byte written."""

    def __init__(self) -> None:
        self.open = 0
        self.clear()

    def clear(self) -> None:
        """Forget everything but the connections that are open now."""
        self.samples: dict[str, array[int]] = {}
        self.connections = 0
        self.requests = 0
        self.first_connection_ns: int | None = None
        self.first_request_ns: int | None = None

    def accepted(self, now_ns: int) -> None:
        """A connection was accepted."""
        self.open += 1
        self.connections += 1
        if self.first_connection_ns is None:
            self.first_connection_ns = now_ns

    def read(self, now_ns: int) -> None:
        """A request was read to its end."""
        self.requests += 1
        if self.first_request_ns is None:
            self.first_request_ns = now_ns

    def written(self, path: str, spent_ns: int) -> None:
        """The last byte of an answer was written."""
        samples = self.samples.get(path)
        if samples is None:
            samples = self.samples[path] = array("Q")
        samples.append(spent_ns)

    def gathered(self, prefix: str) -> "array[int]":
        """All samples of the paths with this prefix, path by path."""
        found: array[int] = array("Q")
        for path, samples in self.samples.items():
            if path.startswith(prefix):
                found.extend(samples)
        return found

    def document(self, prefix: str, percentiles: Sequence[float] = PERCENTILES) -> dict[str, Any]:
        """Counts, and exact percentiles in microseconds, of the paths with this prefix: each and all together."""
        paths = {path: _figures(each, percentiles) for path, each in self.samples.items() if path.startswith(prefix)}
        return {
            "connections": self.connections,
            "open": self.open,
            "requests": self.requests,
            "first_connection_ns": self.first_connection_ns,
            "first_request_ns": self.first_request_ns,
            "total": _figures(self.gathered(prefix), percentiles),
            "paths": paths,
        }


def _figures(samples: "array[int]", percentiles: Sequence[float]) -> dict[str, float]:
    if not samples:
        return {"count": 0}
    ordered = sorted(samples)
    figures = {f"p{percent:g}_us": nearest_rank(ordered, percent) / 1000 for percent in percentiles}
    figures |= {
        "min_us": ordered[0] / 1000,
        "mean_us": sum(ordered) / len(ordered) / 1000,
        "max_us": ordered[-1] / 1000,
    }
    return {"count": len(ordered), **figures}
