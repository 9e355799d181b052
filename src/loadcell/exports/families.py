"""Figures as monitoring systems know them: families of samples, in base units (s, bytes, ratios); pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["counter", "gauge", "histogram", "info"]


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of ours as others write it."""

    suffix: str = ""
    """What Prometheus puts at the end of a name."""
    code: str = ""
    """The unit's code in OpenTelemetry (UCUM): 1 for ratios alone."""
    factor: float = 1.0
    """From our unit to this one."""


NUMBER = Unit()
SECONDS = Unit("seconds", "s")
BYTES = Unit("bytes", "By")
RATIO = Unit("ratio", "1")
PER_SECOND = Unit("per_second", "1/s")

UNITS = {
    "": NUMBER,
    "%": Unit("ratio", "1", 0.01),
    "MB": Unit("bytes", "By", 1e6),
    "MB/s": Unit("bytes_per_second", "By/s", 1e6),
    "MB/min": Unit("bytes_per_second", "By/s", 1e6 / 60),
    "1/s": PER_SECOND,
    "ms": Unit("seconds", "s", 1e-3),
    "ms/s": Unit("ratio", "1", 1e-3),
    "s": SECONDS,
}
"""By the units of the monitors' signals."""


@dataclass(frozen=True, slots=True)
class Distribution:
    """A histogram at one moment."""

    counts: tuple[int, ...]
    """How many values lie up to each bound of its family, above the one before, and beyond the last."""
    sum: float

    @property
    def count(self) -> int:
        """How many values there are."""
        return sum(self.counts)


@dataclass(frozen=True, slots=True)
class Sample:
    """One value; all samples of a family have the same labels."""

    value: float | Distribution
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Family:
    """One figure with all its samples. Counters and histograms never fall while a process lives."""

    name: str
    """Without prefix and unit, its words joined by underscores."""
    kind: Kind
    help: str
    samples: tuple[Sample, ...]
    unit: Unit = NUMBER
    bounds: tuple[float, ...] = ()
    """Of a histogram: the upper bounds of its buckets, ascending, without the last, which has none."""
