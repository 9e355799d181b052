"""The document that the probe in a worker gives, as far as it is read here (docs/probe.md); pure.

A part that the probe failed to put together is None: then the probe says so under `unseen`.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec

VERSION = 1

T = TypeVar("T")


class AnotherVersion(Exception):
    """The probe in a worker writes documents of another version, which the message names."""


class InFlight(msgspec.Struct):
    in_flight: int


class Requests(msgspec.Struct):
    finished: int
    time_ns: int
    raised: int
    statuses: dict[str, int]
    before: int
    before_ns: int
    statements: int
    now: InFlight


class Ledger(msgspec.Struct):
    thread_ns: int
    thread_wait_ns: int
    db_wait_ns: int
    db_connect_ns: int
    db_exec_ns: int
    http_wait_ns: int
    http_ns: int
    rest_ns: int


class LoopNow(msgspec.Struct):
    late_ns: int
    longest_lag_ns: list[tuple[int, int]]
    longest_stretch_ns: list[tuple[int, int]]


class Loop(msgspec.Struct):
    kind: str | None
    cpu_ns: int
    sampled_ns: int
    busy_ns: int
    beats: int
    lag_ns: int
    now: LoopNow


class Line(msgspec.Struct, rename={"inside": "in"}):
    where: str
    function: str
    inside: str
    busy_ns: int
    cpu_ns: int


class Place(msgspec.Struct, rename={"inside": "in"}):
    where: str
    function: str
    inside: str
    looks: int


class Awaits(msgspec.Struct):
    looks: int
    places: list[Place]


class Limiter(msgspec.Struct):
    total: int | None = None
    borrowed: int | None = None
    waiting: int | None = None


class Threads(msgspec.Struct):
    now: Limiter


class PoolNow(msgspec.Struct):
    waiting: int
    size: int | None = None
    max: int | None = None
    checked_out: int | None = None


class Pool(msgspec.Struct):
    library: str
    id: int
    gets: int
    wait_ns: int
    releases: int
    hold_ns: int
    now: PoolNow


class Statement(msgspec.Struct):
    statement: str
    time_ns: int
    count: int


class Host(msgspec.Struct):
    host: str
    time_ns: int
    calls: int
    errors: int


class PausesNow(msgspec.Struct):
    longest_ns: list[tuple[int, int]]


class Garbage(msgspec.Struct):
    collections: list[int]
    time_ns: int
    now: PausesNow


class MemoryNow(msgspec.Struct):
    blocks: int
    malloc_bytes: int | None = None


class Memory(msgspec.Struct):
    now: MemoryNow


class Document(msgspec.Struct):
    """One document. Sums since the worker's start, but for what is under `now`."""

    pid: int
    started: float
    monotonic_ns: int
    requests: Requests | None = None
    ledger: Ledger | None = None
    loop: Loop | None = None
    lines: list[Line] | None = None
    awaits: Awaits | None = None
    threads: Threads | None = None
    pools: list[Pool] | None = None
    statements: list[Statement] | None = None
    http: list[Host] | None = None
    gc: Garbage | None = None
    memory: Memory | None = None
    unseen: list[str] = []


class _Head(msgspec.Struct):
    probe: int


def parse(content: bytes) -> Document:
    """Read a document. AnotherVersion, or ValueError for what is no document of a probe."""
    head = _decoded(content, _Head)
    if head.probe != VERSION:
        raise AnotherVersion(str(head.probe))
    return _decoded(content, Document)


def _decoded(content: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(content, type=kind)
    except msgspec.DecodeError as error:  # its errors of validation are among these
        raise ValueError(f"no document of a probe: {error}") from error
