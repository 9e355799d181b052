"""Shares of CPU time, and which devices are disks."""

from __future__ import annotations

from loadcell.monitors.host import cpu_shares, whole_disks


def test_shares_are_of_all_cores_and_guests_are_not_counted_twice() -> None:
    names = ("user", "system", "idle", "iowait", "irq", "softirq", "steal", "guest")
    before = dict(zip(names, (10.0, 5.0, 100.0, 1.0, 0.0, 0.0, 0.0, 4.0), strict=True))
    after = dict(zip(names, (10.5, 5.25, 100.75, 1.25, 0.05, 0.0, 0.2, 4.5), strict=True))
    shares = {reading.signal: round(reading.value, 6) for reading in cpu_shares(before, after)}
    assert shares == {"host_cpu": 50.0, "host_system": 15.0, "host_iowait": 12.5, "host_steal": 10.0}
    assert cpu_shares(before, before) == []


def test_neither_partitions_nor_layers_are_disks() -> None:
    known = {"nvme0n1", "loop0", "dm-0", "md127", "vda"}
    assert whole_disks(["nvme0n1", "nvme0n1p1", "vda", "vda1", "loop0", "dm-0", "md127"], known) == ["nvme0n1", "vda"]
