"""A host as node_exporter shows it; pure."""

from __future__ import annotations

from collections.abc import Iterator

from loadcell.monitors.exposition import Page
from loadcell.monitors.host import cpu_shares, whole_disks
from loadcell.monitors.rates import Rates
from loadcell.monitors.reading import Reading

_CPU = "node_cpu_seconds_total"
_VALUES = {
    "host_memory_available": ("node_memory_MemAvailable_bytes", 1e-6),
    "host_memory": ("node_memory_MemTotal_bytes", 1e-6),
    "host_load": ("node_load1", 1.0),
}
_RATES = {
    "psi_cpu": ("node_pressure_cpu_waiting_seconds_total", 100.0),
    "psi_io": ("node_pressure_io_waiting_seconds_total", 100.0),
    "psi_io_full": ("node_pressure_io_stalled_seconds_total", 100.0),
    "psi_memory": ("node_pressure_memory_waiting_seconds_total", 100.0),
    "psi_memory_full": ("node_pressure_memory_stalled_seconds_total", 100.0),
    "accept_overflows": ("node_netstat_TcpExt_ListenOverflows", 1.0),
    "accept_drops": ("node_netstat_TcpExt_ListenDrops", 1.0),
    "host_major_faults": ("node_vmstat_pgmajfault", 1.0),
    "host_oom_kills": ("node_vmstat_oom_kill", 1.0),
}
_SWAPPED = ("node_vmstat_pswpin", "node_vmstat_pswpout")
_PAGE_MB = 4096 / 1e6
"""node_exporter does not say how large a page is; nearly everywhere it is 4 KiB."""
_DROPPED = ("node_network_receive_drop_total", "node_network_transmit_drop_total")
_DISKS = {
    "disk_read": ("node_disk_read_bytes_total", 1e-6),
    "disk_write": ("node_disk_written_bytes_total", 1e-6),
    "disk_busy": ("node_disk_io_time_seconds_total", 100.0),
}
_NETWORK = {"net_in": ("node_network_receive_bytes_total", 1e-6), "net_out": ("node_network_transmit_bytes_total", 1e-6)}


class NodeMetrics:
    """Reads pages of one host one after the other; its readings are about `host`, and about its devices as `host device`."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._rates = Rates()
        self._times: dict[str, float] = {}

    @staticmethod
    def knows(page: Page) -> bool:
        """Whether the page is one of node_exporter."""
        return bool(page.of(_CPU))

    def readings(self, page: Page, now: float) -> Iterator[Reading]:
        """What the page says, and what was added since the one before."""
        times = page.total(_CPU, "mode")
        before, self._times = self._times, times
        yield Reading("host_cores", len(page.total(_CPU, "cpu")), self._host)
        for share in cpu_shares(before, times) if before else ():
            yield Reading(share.signal, share.value, self._host)
        for signal, (name, factor) in _VALUES.items():
            if (value := page.first(name)) is not None:
                yield Reading(signal, value * factor, self._host)
        for signal, (name, factor) in _RATES.items():
            if (total := page.first(name)) is not None:
                yield from self._rate(signal, total * factor, now, self._host)
        moved = [page.first(name) for name in _SWAPPED]
        if None not in moved:
            yield from self._rate("host_swapped", sum(filter(None, moved)) * _PAGE_MB, now, self._host)
        dropped: dict[str, float] = {}
        for name in _DROPPED:
            for device, packets in page.total(name, "device").items():
                dropped[device] = dropped.get(device, 0.0) + packets
        for device, packets in dropped.items():
            yield from self._rate("net_dropped", packets, now, f"{self._host} {device}")
        for signal, (name, factor) in (_DISKS | _NETWORK).items():
            totals = page.total(name, "device")
            for device in whole_disks(totals, set()) if signal in _DISKS else totals:
                yield from self._rate(signal, totals[device] * factor, now, f"{self._host} {device}")
        for device, speed in page.total("node_network_speed_bytes", "device").items():
            if speed > 0:
                yield Reading("net_speed", speed / 1e6, f"{self._host} {device}")

    def _rate(self, signal: str, total: float, now: float, of: str) -> Iterator[Reading]:
        if (rate := self._rates.per_second((signal, of), total, now)) is not None:
            yield Reading(signal, rate, of)
