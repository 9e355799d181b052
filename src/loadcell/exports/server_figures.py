"""What the service feels, as families: each reading of the monitors, and what is summed up from them; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from loadcell.exports.families import UNITS, Family, Sample
from loadcell.monitors.catalogue import CATALOGUE
from loadcell.monitors.reading import Batch, Reading
from loadcell.monitors.signals import SIGNALS

STALE_S = 15.0
"""How long a reading counts as the present: what is dear is read every 10 s."""
_LABELS = {
    "": ("host",),
    "pid": ("worker",),
    "device": ("host", "device"),
    "interface": ("host", "interface"),
    "pid and pool": ("worker", "pool"),
    "pid and host": ("worker", "peer"),
    **{one: (one,) for one in ("host", "service", "port", "group", "database", "event", "table", "entry")},
}
"""The labels that tell what a reading is about. Lines of code and statements are none: their number has no bound."""
MEANINGS = {
    "cpu": "CPU of the service's processes, of the cores that it may use",
    "host_cpu": "CPU of all cores of the host",
    "host_steal": "CPU that the host of a virtual machine gave to others",
    "loop_cpu": "CPU of the main thread, of one core: the worker with the most",
    "loop_wait": "Time that the main thread waited for a core: the worker with the most",
    "throttled": "Periods in which the control group's quota was used up",
    "memory": "Resident memory of the service's processes",
    "memory_growth": "How fast the workers' memory grew over the last minute",
    "memory_available": "Memory that programs on the host can still have",
    "descriptors": "Open descriptors, of the limit: the worker with the most",
    "workers": "Processes that accept the service's connections",
    "accept_queue": "Connections that wait to be accepted",
    "unread_sockets": "Connections with bytes that the service has not read",
    "net_in": "Received over the network",
    "net_out": "Sent over the network",
    "net_local": "Received over the loopback interface",
    "disk_read": "Read from disks",
    "disk_write": "Written to disks",
    "disk_busy": "Time in which a disk had something to do: the busiest",
    "db_connections": "Connections of clients to the database server",
    "db_active": "Connections that execute a statement",
    "db_lock_waits": "Connections that wait for a lock of another transaction",
    "db_cpu": "CPU of the database server's processes, of one core",
    "db_statements": "Statements that the database executed",
    "loop_lag": "How late the event loop was (99th percentile): the worker with the most",
    "in_flight": "Requests under way in the service",
    "request_time": "Time of a request in the service, on average",
    "thread_wait": "Of a request's time, waiting for a thread, on average",
    "db_pool_wait": "Of a request's time, waiting for a connection of a database pool, on average",
    "http_wait": "Of a request's time, waiting for a connection to another service, on average",
    "gc": "Time in which everything stood still for garbage collections: the worker with the most",
}
"""What each signal of a result is."""

NAMES = {"threads_total": "threads_max"}
"""Signals whose names mean something else to Prometheus."""

Series = tuple[str, str, str]
"""Signal, source, and what it is about."""


class ServerFigures:
    """The last readings of all sources, and the last sums."""

    def __init__(self) -> None:
        self._readings: dict[Series, tuple[float, float]] = {}
        self._signals: tuple[float, Mapping[str, float]] = (0.0, {})

    def add(self, batch: Batch, now: float) -> None:
        """Take in what one source has said, at `now` (s, monotonic, of this machine)."""
        for reading in batch.readings:
            if is_exported(reading):
                self._readings[reading.signal, batch.source, reading.of] = (now, reading.value)

    def sum_up(self, signals: Mapping[str, float], now: float) -> None:
        """Take in the signals of a second."""
        self._signals = (now, signals)

    def families(self, now: float) -> Iterator[Family]:
        """What is known at `now`; readings that are too old are forgotten."""
        self._readings = {series: known for series, known in self._readings.items() if now - known[0] <= STALE_S}
        at, signals = self._signals
        if now - at <= STALE_S:
            yield from sums(signals)
        yield from _each({series: value for series, (_, value) in self._readings.items()})


def is_exported(reading: Reading) -> bool:
    """Whether it is of a signal whose readings are few."""
    declared = CATALOGUE.get(reading.signal)
    return declared is not None and declared.of in _LABELS


def sums(signals: Mapping[str, float]) -> Iterator[Family]:
    """The signals of a second, summed up."""
    for name in sorted(set(signals) & set(SIGNALS)):
        unit = UNITS[SIGNALS[name]]
        yield Family(f"server_{name}", "gauge", MEANINGS[name], (Sample(signals[name] * unit.factor),), unit)


def latest(readings: Mapping[str, Iterable[Reading]]) -> Iterator[Family]:
    """The readings of each source."""
    return _each(
        {
            (reading.signal, source, reading.of): reading.value
            for source, found in readings.items()
            for reading in found
            if is_exported(reading)
        }
    )


def _each(values: Mapping[Series, float]) -> Iterator[Family]:
    samples: dict[str, list[Sample]] = {}
    for (signal, source, of), value in sorted(values.items()):
        declared = CATALOGUE[signal]
        labels = {"source": source} | labels_of(declared.of, of)
        samples.setdefault(signal, []).append(Sample(value * UNITS[declared.unit].factor, labels))
    for signal, found in samples.items():
        declared = CATALOGUE[signal]
        meaning = declared.meaning[:1].upper() + declared.meaning[1:]
        yield Family(f"reading_{NAMES.get(signal, signal)}", "gauge", meaning, tuple(found), UNITS[declared.unit])


def labels_of(about: str, of: str) -> dict[str, str]:
    """The labels that say what a reading is about; `about` as in the catalogue.

    >>> labels_of("pid and pool", "4711 main")
    {'worker': '4711', 'pool': 'main'}
    """
    names = _LABELS[about]
    if len(names) == 1:
        return {names[0]: of}
    first, _, second = of.partition(" ") if names[0] == "worker" else of.rpartition(" ")
    return dict(zip(names, (first, second), strict=True))
