"""Readings of all sources and workers, summed up to the few signals that a result shows; pure."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping
from itertools import combinations

from loadcell.monitors.reading import Batch, Reading

SIGNALS = {
    "cpu": "%",
    "host_cpu": "%",
    "host_steal": "%",
    "loop_cpu": "%",
    "loop_wait": "%",
    "throttled": "%",
    "memory": "MB",
    "memory_growth": "MB/min",
    "memory_available": "MB",
    "descriptors": "%",
    "workers": "",
    "accept_queue": "",
    "unread_sockets": "",
    "net_in": "MB/s",
    "net_out": "MB/s",
    "net_local": "MB/s",
    "disk_read": "MB/s",
    "disk_write": "MB/s",
    "disk_busy": "%",
    "db_connections": "",
    "db_active": "",
    "db_lock_waits": "",
    "db_cpu": "%",
    "db_statements": "1/s",
    "loop_lag": "ms",
    "in_flight": "",
    "request_time": "ms",
    "thread_wait": "ms",
    "db_pool_wait": "ms",
    "http_wait": "ms",
    "gc": "%",
}
"""Their units. `cpu`: of the cores that the service may use, its processes summed; `loop_cpu`, `loop_wait` and `descriptors`
(of the limit): the worker with the most; `net_local`: over the loopback interface, which is not in `net_in`. What the probe
sees: `loop_lag` (99th percentile) and `gc`: the worker with the most; `request_time` in the service, and of it the waits for
a thread, a connection of a database pool, a connection to another service: the mean of the requests of all workers.
"""
_SUMS = {
    "accept_queue": "accept_queue",
    "sockets_unread": "unread_sockets",
    "disk_read": "disk_read",
    "disk_write": "disk_write",
    "db_connections": "db_connections",
    "db_active": "db_active",
    "db_lock_waits": "db_lock_waits",
    "db_cpu": "db_cpu",
    "db_statements": "db_statements",
    "workers": "workers",
    "requests_in_flight": "in_flight",
}
_WORST = {
    "host_cpu": "host_cpu",
    "host_steal": "host_steal",
    "loop_cpu": "loop_cpu",
    "loop_wait": "loop_wait",
    "cpu_throttled": "throttled",
    "disk_busy": "disk_busy",
    "loop_lag": "loop_lag",
    "gc_time": "gc",
}
_PER_REQUEST = {
    "request_time": "request_time",
    "request_thread_wait": "thread_wait",
    "request_pool_wait": "db_pool_wait",
    "request_http_wait": "http_wait",
}
_VIRTUAL = ("veth", "docker", "br-", "virbr", "cni", "flannel", "cali", "ifb", "tun", "tap")
"""Interfaces whose traffic is counted at another one too, or never leaves the machine."""
_GROWTH_S = 60.0
_BLOCK_S = 5.0
_FEWEST_BLOCKS = 4

Values = dict[str, dict[str, float]]
"""The values of each signal of the catalogue, by what they are about."""


def summed(readings: Iterable[Reading]) -> dict[str, float]:
    """The signals of one second, those that there are readings for."""
    values: Values = {}
    for reading in readings:
        values.setdefault(reading.signal, {})[reading.of] = reading.value
    found = {signal: sum(values[name].values()) for name, signal in _SUMS.items() if name in values}
    found |= {signal: max(values[name].values()) for name, signal in _WORST.items() if name in values}
    if "host_memory_available" in values:
        found["memory_available"] = min(values["host_memory_available"].values())
    return found | _processes(values) | _network(values) | _requests(values)


def _processes(values: Values) -> dict[str, float]:
    found: dict[str, float] = {}
    cpu = _total(values, "worker_cpu", "helper_cpu")
    if cpu is not None:
        found["cpu"] = cpu / max(_total(values, "service_cores") or 1.0, 0.01)
    elif (cpu := _total(values, "app_cpu")) is not None:
        found["cpu"] = cpu
    memory = _total(values, "worker_memory", "helper_memory")
    if memory is None:
        memory = _total(values, "app_memory")
    if memory is not None:
        found["memory"] = memory
    limits = values.get("worker_fds_limit", {})
    shares = [100 * used / limits[pid] for pid, used in values.get("worker_fds", {}).items() if limits.get(pid)]
    if shares:
        found["descriptors"] = max(shares)
    return found


def _network(values: Values) -> dict[str, float]:
    found: dict[str, float] = {}
    for signal in ("net_in", "net_out"):
        # The same interface may be read from outside and by node_exporter; of several machines, each name begins with one.
        rates = {of.rpartition(" ")[2]: rate for of, rate in values.get(signal, {}).items()}
        names = {each: each.rpartition("/")[2] for each in rates}
        if rates:
            found[signal] = sum(
                rates[each] for each, name in names.items() if name != "lo" and not name.startswith(_VIRTUAL)
            )
        if "lo" in names.values():
            found["net_local"] = sum(rates[each] for each, name in names.items() if name == "lo")
    return found


def _requests(values: Values) -> dict[str, float]:
    rates = values.get("requests_finished", {})
    found: dict[str, float] = {}
    for name, signal in _PER_REQUEST.items():
        means = values.get(name, {})
        requests = sum(rates.get(worker, 0.0) for worker in means)
        if requests > 0:
            found[signal] = sum(mean * rates.get(worker, 0.0) for worker, mean in means.items()) / requests
    return found


def _total(values: Values, *names: str) -> float | None:
    found = [value for name in names for value in values.get(name, {}).values()]
    return sum(found) if found else None


class Seconds:
    """Brings the batches of all sources together, second by second."""

    def __init__(self) -> None:
        self._readings: dict[float, list[Reading]] = {}
        self._growth = Growth()

    def add(self, batch: Batch) -> None:
        """Take a batch of any source in."""
        if batch.readings:
            self._readings.setdefault(batch.at, []).extend(batch.readings)

    def take(self, before: float) -> list[tuple[float, dict[str, float]]]:
        """The signals of each second before `before` (s, monotonic), oldest first; each is given once."""
        found = []
        for at in sorted(each for each in self._readings if each < before):
            readings = self._readings.pop(at)
            signals = summed(readings)
            growth = self._growth.update(at, {each.of: each.value for each in readings if each.signal == "worker_memory"})
            if growth is not None:
                signals["memory_growth"] = growth
            found.append((at, signals))
        return found


class Growth:
    """How fast the workers' memory grows, over the last minute.

    Each worker's life is a series of its own: the memory of one that was replaced has not shrunk. Of each 5 s the median
    counts, and of the slopes between those the median (Theil–Sen), so that one peak is no growth.
    """

    def __init__(self) -> None:
        self._series: dict[str, list[tuple[float, float]]] = {}

    def update(self, at: float, memory: Mapping[str, float]) -> float | None:
        """Take in the memory (MB) of each worker; MB/min of all together, None until there is enough to say."""
        self._series = {
            worker: [*(each for each in self._series.get(worker, []) if each[0] > at - _GROWTH_S), (at, size)]
            for worker, size in memory.items()
        }
        slopes = [slope for series in self._series.values() if (slope := slope_of(series)) is not None]
        return 60 * sum(slopes) if slopes else None


def slope_of(series: Iterable[tuple[float, float]]) -> float | None:
    """The Theil–Sen slope of (s, value) points, by blocks; per s, None for too few."""
    blocks: dict[int, list[tuple[float, float]]] = {}
    for at, value in series:
        blocks.setdefault(int(at // _BLOCK_S), []).append((at, value))
    points = [
        (statistics.median(at for at, _ in block), statistics.median(value for _, value in block))
        for block in blocks.values()
    ]
    if len(points) < _FEWEST_BLOCKS:
        return None
    return statistics.median((later[1] - earlier[1]) / (later[0] - earlier[0]) for earlier, later in combinations(points, 2))
