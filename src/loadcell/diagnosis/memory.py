"""Whether a worker keeps memory of each request, fills a cache, or only looks so; pure.

Two series tell of it: what the system has given to the process (RSS), which also grows because what was freed can't always
be given back, and the memory in use, which falls as soon as something is freed. The latter only a probe can see.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Literal

import msgspec

from loadcell.diagnosis.growth import Growth, Slope, growth_of, plateau_of

BYTES_PER_REQUEST = 32.0
LEAST_MB = 0.3
"""A service that has just begun takes so much more by itself, and of few requests that is many bytes each."""
STEADY = 0.85
BLOCK_BYTES = 64.0
"""A block of the interpreter's own allocator holds 16 … 512 bytes; the probe counts them, and this is a usual one."""

_STEADY_WIDTH = 0.5
_PART = 0.5

Kind = Literal["leak", "slowing", "fragmentation", "flat"]
"""Goes on growing · grows less and less (a cache that fills, a warm-up) · grows though no more is in use · does not grow."""


class MemoryPoint(msgspec.Struct, frozen=True):
    """What a worker held after so many requests of its own."""

    requests: float
    memory_mb: float
    """Resident memory."""
    malloc_mb: float | None = None
    """Of it in use, beside small objects; None without a probe."""
    blocks: float | None = None
    """Blocks of small objects in use."""
    stretch: int = 0
    """At which of the loads of the run."""


class Life(msgspec.Struct, frozen=True, kw_only=True):
    """One worker from its start, or the first look at it, to its end."""

    pid: str
    points: tuple[MemoryPoint, ...]
    seconds: float
    """How long it was seen, in all loads together."""
    ended: bool = False
    """Whether it went away before the load did."""


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What a worker keeps of a request, with 95 % intervals."""

    pid: str
    kind: Kind
    seconds: float
    bytes: Slope
    """Of resident memory; where that is still within what was freed before, of memory in use."""
    ratio: float
    """How many times as steep it is in the second half as in the first, of what decides."""
    in_use: Slope | None
    """Bytes that are in use, small objects counted by their usual size; None without a probe."""
    blocks: Slope | None
    """Small objects."""
    per_minute_mb: float
    """At the rate of its requests."""
    grown_mb: float
    """Resident memory at the end, above that at the beginning."""
    plateau_mb: float | None
    """Where resident memory will end, of what slows down; None where that can't be told yet."""
    tau_requests: float | None


class Room(msgspec.Struct, frozen=True):
    """How much memory is left, and where the limit is."""

    left_mb: float
    of: str

    def lasts_s(self, per_minute_mb: float) -> float | None:
        """How long, if so much goes a minute; None where nothing does."""
        return 60 * self.left_mb / per_minute_mb if per_minute_mb > 0 else None


def kept_of(life: Life) -> Kept | None:
    """What a worker keeps; None where it was seen too shortly to say."""
    resident = _growth(life.points, lambda point: 1e6 * point.memory_mb)
    if resident is None:
        return None
    used = _growth(life.points, _in_use)
    blocks = _growth(life.points, lambda point: point.blocks)
    kind, decisive = _decided(resident, used)
    plateau = _plateau(life) if kind == "slowing" else None
    shown = resident.slope if used is None or resident.slope.low > 0 or used.slope.low <= 0 else used.slope
    return Kept(
        pid=life.pid,
        kind=kind,
        seconds=life.seconds,
        bytes=shown,
        ratio=decisive.ratio,
        in_use=used.slope if used else None,
        blocks=blocks.slope if blocks else None,
        per_minute_mb=shown.value * _rate(life.points) * 60 / 1e6,
        grown_mb=life.points[-1].memory_mb - life.points[0].memory_mb,
        plateau_mb=plateau[0] if plateau else None,
        tau_requests=plateau[1] if plateau else None,
    )


def worst(found: Sequence[Kept]) -> Kept | None:
    """The worker that is to be told of: a leak before a cache that fills, and of these the one that keeps most."""
    order = ("flat", "fragmentation", "slowing", "leak")
    return max(found, key=lambda one: (order.index(one.kind), one.bytes.value), default=None)


def room_of(*, available: float | None, used: float | None, limit: float | None) -> Room | None:
    """What is left: of the control group's limit, or of the machine where that is less. In MB; None where nobody knows."""
    rooms = []
    if available is not None:
        rooms.append(Room(available, "the machine"))
    if limit is not None and used is not None:
        rooms.append(Room(max(0.0, limit - used), "the control group"))
    return min(rooms, key=lambda room: room.left_mb, default=None)


def _decided(resident: Growth, used: Growth | None) -> tuple[Kind, Growth]:
    """What both say together, and which of them decides.

    Memory in use goes up and down with the requests under way, and resident memory only up: where they differ on whether
    growth slows down, the steadier one is right. Where only one grows, it is memory in use that tells, if it is steady.
    """
    # What the system has given follows the peaks of what is in use, so it may grow by as much as that goes up and down.
    of_resident = _kind(resident, max(resident.swing, used.swing if used else 0.0))
    if used is None or _width(used) > _STEADY_WIDTH:
        return of_resident, resident
    of_used = _kind(used, used.swing)
    if of_resident == "leak" and of_used == "flat":
        real = used.slope.high >= _PART * resident.slope.value
        return ("leak", resident) if real else ("fragmentation", used)
    if {of_resident, of_used} == {"leak", "slowing"}:
        steadier = min((resident, used), key=_width)
        return of_resident if steadier is resident else of_used, steadier
    if of_resident == "flat" and of_used == "slowing":
        return "flat", resident
    return of_used, used


def _width(growth: Growth) -> float:
    """Of a slope's interval, as a share of the slope."""
    return (growth.slope.high - growth.slope.low) / max(growth.slope.value, BYTES_PER_REQUEST)


def _kind(growth: Growth, swing: float) -> Kind:
    """`swing`: bytes by which it may have come out higher by chance."""
    if growth.slope.low <= 0 or growth.slope.value < BYTES_PER_REQUEST or growth.total < max(1e6 * LEAST_MB, swing):
        return "flat"
    if growth.later.low <= 0:
        return "flat"  # what there was of growth is over
    # What is too little to be a leak is too little to be a change of one: a warm-up leaves as much. And one step, of the
    # MiB that the interpreter takes at a time, makes a half steeper, but not surely so.
    less = growth.earlier.value - growth.later.value
    is_surely_less = growth.later.high < growth.earlier.low
    return "slowing" if growth.ratio < STEADY and less >= BYTES_PER_REQUEST and is_surely_less else "leak"


def _rate(points: Sequence[MemoryPoint]) -> float:
    """Requests a second, at the loads alone and not between them; there is a point a second."""
    stretches = [list(stretch) for _, stretch in groupby(points, lambda point: point.stretch)]
    seconds = sum(len(stretch) - 1 for stretch in stretches)
    requests = sum(stretch[-1].requests - stretch[0].requests for stretch in stretches)
    return requests / seconds if seconds else 0.0


def _growth(points: Sequence[MemoryPoint], value: Callable[[MemoryPoint], float | None]) -> Growth | None:
    return growth_of(list(_strata(points, value)))


def _strata(
    points: Sequence[MemoryPoint], value: Callable[[MemoryPoint], float | None]
) -> Iterator[list[tuple[float, float]]]:
    for _, stretch in groupby(points, lambda point: point.stretch):
        yield [(point.requests, y) for point in stretch if (y := value(point)) is not None]


def _in_use(point: MemoryPoint) -> float | None:
    if point.blocks is None or point.malloc_mb is None:
        return None
    return 1e6 * point.malloc_mb + BLOCK_BYTES * point.blocks


def _plateau(life: Life) -> tuple[float, float] | None:
    """In MB, and the requests until 63 % of it are there; of one load only."""
    strata = list(_strata(life.points, lambda point: point.memory_mb))
    return plateau_of(strata[0]) if len(strata) == 1 else None
