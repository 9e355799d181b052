"""Reads what there is to know of a machine. What can't be read is None."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from loadcell.errors import LoadcellError
from loadcell.machine import raise_descriptor_limit
from loadcell.monitors.cgroups import cpu_limit, group_of

_PATIENCE_S = 30.0
_CLOCK_READS = 100_000


@dataclass(frozen=True, kw_only=True)
class Readings:
    """What was read and measured. Sizes in MB."""

    descriptors: int | None = None
    """How many files a process may have open."""
    ports: tuple[int, int] | None = None
    """The first and the last that connections are given."""
    time_wait_reuse: int | None = None
    listen_backlog: int | None = None
    syn_backlog: int | None = None
    cores: int | None = None
    quota: float | None = None
    """Cores that the control group allows; None without a limit."""
    memory_free: float | None = None
    governors: frozenset[str] = frozenset()
    clock: str | None = None
    clock_ns: float | None = None
    """What reading the clock takes."""
    busy: float | None = None
    """CPU of other programs before anything was measured, in % of all cores."""
    steal: float | None = None
    """CPU that the host of this virtual machine gave to others, in %."""
    conntrack: tuple[int, int] | None = None
    """Connections that the firewall remembers, and how many it can."""
    huge_pages: str | None = None
    disk_free: float | None = None
    calibration: dict[str, Any] = field(default_factory=dict)
    """What `loadcell.generator.calibration` measured."""


def read_machine(runs_dir: Path) -> Readings:
    """Read and measure; takes about 4 s. LoadcellError if the generator's process can't do its part."""
    descriptors = raise_descriptor_limit()
    busy = _busy(1.0)
    before = psutil.cpu_times()
    calibration = _calibrate()
    low_high = _numbers("net/ipv4/ip_local_port_range")
    track = (_number("net/netfilter/nf_conntrack_count"), _number("net/netfilter/nf_conntrack_max"))
    return Readings(
        descriptors=descriptors,
        ports=(low_high[0], low_high[1]) if len(low_high) == 2 else None,
        time_wait_reuse=_number("net/ipv4/tcp_tw_reuse"),
        listen_backlog=_number("net/core/somaxconn"),
        syn_backlog=_number("net/ipv4/tcp_max_syn_backlog"),
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        quota=None if (quota := cpu_limit(group_of(os.getpid()))) is None else round(quota, 2),
        memory_free=psutil.virtual_memory().available / 1e6,
        governors=frozenset(filter(None, map(_text, _governors()))),
        clock=_text(Path("/sys/devices/system/clocksource/clocksource0/current_clocksource")),
        clock_ns=_clock_ns(),
        busy=busy,
        steal=_steal(before, psutil.cpu_times()),
        conntrack=None if track[0] is None or track[1] is None else (track[0], track[1]),
        huge_pages=_chosen(_text(Path("/sys/kernel/mm/transparent_hugepage/enabled"))),
        disk_free=_disk_free(runs_dir),
        calibration=calibration,
    )


def _calibrate() -> dict[str, Any]:
    """Measure a generator's process against a server of our own in another one."""
    server = [sys.executable, "-m", "loadcell.doctor.answering"]
    with subprocess.Popen(server, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as answering:
        assert answering.stdout is not None
        assert answering.stdin is not None
        try:
            url = f"http://127.0.0.1:{int(answering.stdout.readline())}"
            client = [sys.executable, "-m", "loadcell.process", "--calibrate", url]
            done = subprocess.run(client, capture_output=True, text=True, timeout=_PATIENCE_S, stdin=subprocess.DEVNULL)
            found: dict[str, Any] = json.loads(done.stdout)
        except (OSError, ValueError, subprocess.TimeoutExpired) as error:
            raise LoadcellError(
                f"The client could not be measured: {error}.", "Is there a firewall on the loopback interface?"
            ) from error
        finally:
            answering.stdin.close()
            answering.terminate()
    return found


def _busy(seconds: float) -> float | None:
    try:
        return psutil.cpu_percent(seconds)
    except (OSError, psutil.Error):
        return None


def _steal(before: Any, after: Any) -> float | None:
    if not hasattr(before, "steal"):
        return None
    spent = sum(after) - sum(before)
    return 100 * (after.steal - before.steal) / spent if spent > 0 else None


def _clock_ns() -> float:
    began = time.perf_counter_ns()
    for _ in range(_CLOCK_READS):
        time.monotonic()
    return (time.perf_counter_ns() - began) / _CLOCK_READS


def _governors() -> list[Path]:
    return sorted(Path("/sys/devices/system/cpu").glob("cpu[0-9]*/cpufreq/scaling_governor"))


def _chosen(text: str | None) -> str | None:
    """The word in brackets."""
    return text.partition("[")[2].partition("]")[0] or None if text else None


def _disk_free(folder: Path) -> float | None:
    existing = next((each for each in (folder.absolute(), *folder.absolute().parents) if each.is_dir()), None)
    try:
        return None if existing is None else psutil.disk_usage(str(existing)).free / 1e6
    except OSError:
        return None


def _number(name: str) -> int | None:
    numbers = _numbers(name)
    return numbers[0] if numbers else None


def _numbers(name: str) -> list[int]:
    words = (_text(Path("/proc/sys") / name) or "").split()
    return [int(word) for word in words if word.isdecimal()]


def _text(path: Path) -> str | None:
    try:
        return path.read_text().strip()
    except OSError:
        return None
