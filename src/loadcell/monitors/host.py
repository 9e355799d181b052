"""The machine: CPU, load, memory, stalls, disks, network."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import psutil

from loadcell.monitors.files import text_of
from loadcell.monitors.procfs import parse_fields, parse_pressure
from loadcell.monitors.rates import Rates
from loadcell.monitors.reading import Reading, Sight, Unseen

_LAYERED = ("loop", "ram", "zram", "dm-", "md", "sr", "fd", "nbd")
"""Block devices that are no disks of their own: what goes through them is counted below them."""
_NO_PRESSURE = Unseen("what tasks of this host wait for (PSI)", "Start a kernel that has it with psi=1.")


class Host:
    """The whole machine, containers and other programs included."""

    source = "host"

    def __init__(self) -> None:
        self._rates = Rates()
        self._times: dict[str, float] = {}

    def open(self) -> None:
        self._rates = Rates()
        self._times = {}

    def close(self) -> None:
        pass

    def read(self, now: float) -> Iterable[Sight]:
        yield from self._cpu()
        yield from self._memory(now)
        yield from self._pressure(now)
        yield from self._disks(now)
        yield from self._network(now)

    def _cpu(self) -> Iterator[Sight]:
        times = psutil.cpu_times()._asdict()
        before, self._times = self._times, times
        yield Reading("host_cores", os.cpu_count() or 1)
        yield Reading("host_load", os.getloadavg()[0])
        if before:
            yield from cpu_shares(before, times)

    def _memory(self, now: float) -> Iterator[Sight]:
        memory = psutil.virtual_memory()
        yield Reading("host_memory", memory.total / 1e6)
        yield Reading("host_memory_available", memory.available / 1e6)
        counters = parse_fields(text_of("/proc/vmstat") or "")
        if "pswpin" in counters:
            pages = counters["pswpin"] + counters.get("pswpout", 0)
            yield from self._rate("host_swapped", pages * os.sysconf("SC_PAGE_SIZE") / 1e6, now)
        for signal, name in (("host_major_faults", "pgmajfault"), ("host_oom_kills", "oom_kill")):
            if name in counters:
                yield from self._rate(signal, counters[name], now)

    def _pressure(self, now: float) -> Iterator[Sight]:
        if not Path("/proc/pressure/cpu").exists():
            yield _NO_PRESSURE
            return
        for what in ("cpu", "io", "memory"):
            stalls = parse_pressure(text_of(f"/proc/pressure/{what}") or "")
            if "some" in stalls:
                yield from self._rate(f"psi_{what}", stalls["some"] / 1e4, now)  # µs per s → %
            # Of the whole host, "full" makes no sense for CPU.
            if "full" in stalls and what != "cpu":
                yield from self._rate(f"psi_{what}_full", stalls["full"] / 1e4, now)

    def _disks(self, now: float) -> Iterator[Sight]:
        counters = psutil.disk_io_counters(perdisk=True) or {}
        for device in whole_disks(counters, set(_names("/sys/block"))):
            counted = counters[device]
            yield from self._rate("disk_read", counted.read_bytes / 1e6, now, device)
            yield from self._rate("disk_write", counted.write_bytes / 1e6, now, device)
            if (busy_ms := getattr(counted, "busy_time", None)) is not None:
                yield from self._rate("disk_busy", busy_ms / 10, now, device)  # ms per s → %

    def _network(self, now: float) -> Iterator[Sight]:
        speeds = psutil.net_if_stats()
        for interface, counted in psutil.net_io_counters(pernic=True).items():
            if interface in speeds and not speeds[interface].isup:
                continue
            yield from self._rate("net_in", counted.bytes_recv / 1e6, now, interface)
            yield from self._rate("net_out", counted.bytes_sent / 1e6, now, interface)
            yield from self._rate("net_dropped", counted.dropin + counted.dropout, now, interface)
            if interface in speeds and 0 < speeds[interface].speed < 65535:  # as it says when it doesn't know
                yield Reading("net_speed", speeds[interface].speed / 8, interface)

    def _rate(self, signal: str, total: float, now: float, of: str = "") -> Iterator[Reading]:
        if (rate := self._rates.per_second((signal, of), total, now)) is not None:
            yield Reading(signal, rate, of)


def cpu_shares(before: dict[str, float], after: dict[str, float]) -> list[Reading]:
    """Shares of all cores between two readings of the CPU times (s); pure. Empty if no time has gone by."""
    # Guests are in the user's time already.
    spent = {name: max(after[name] - before.get(name, 0.0), 0.0) for name in after if not name.startswith("guest")}
    whole = sum(spent.values())
    if whole <= 0:
        return []
    system = sum(spent.get(name, 0.0) for name in ("system", "irq", "softirq"))
    idle = spent.get("idle", 0.0) + spent.get("iowait", 0.0)
    shares = {"host_cpu": whole - idle, "host_system": system}
    shares |= {f"host_{name}": spent[name] for name in ("iowait", "steal") if name in spent}
    return [Reading(signal, 100 * share / whole) for signal, share in shares.items()]


def whole_disks(devices: Iterable[str], known: set[str]) -> list[str]:
    """The devices that are disks, neither partitions (not among the `known` block devices) nor layers above others; pure."""
    whole = [device for device in devices if device in known or not known]
    return [device for device in whole if not device.startswith(_LAYERED)]


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []
