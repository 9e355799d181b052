"""From what was read of a machine to what is well, what is doubtful and what would spoil a run; pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from loadcell.doctor.readings import Readings
from loadcell.validity import MAX_LAG_MS

State = Literal["ok", "warning", "problem"]

_SLOW_CLOCKS = ("hpet", "acpi_pm", "jiffies", "refined-jiffies", "pit")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    state: State
    measured: str
    advice: str = ""
    """What to do about it; empty where nothing needs doing."""


def check(readings: Readings) -> list[Check]:
    """All checks, in the order in which they are shown; what could not be read is left out."""
    found = [*_limits(readings), *_machine(readings), *_time(readings), *_client(readings)]
    return [one if one.state != "ok" else Check(one.name, one.state, one.measured) for one in found]


def _grade(value: float, warning: bool, problem: bool) -> State:
    return "problem" if problem else "warning" if warning else "ok"


def _limits(readings: Readings) -> Iterator[Check]:
    if (files := readings.descriptors) is not None:
        yield Check(
            "open files",
            _grade(files, files < 10_000, files < 1_024),
            "unlimited" if files >= 1 << 60 else f"{files:,} a process",
            "Each user takes one. Raise the limit: `ulimit -n 65536` before the command, or in /etc/security/limits.conf.",
        )
    if readings.ports is not None:
        first, last = readings.ports
        count = last - first + 1
        reuse = "" if readings.time_wait_reuse is None else f", reuse of closed ones {readings.time_wait_reuse}"
        yield Check(
            "ports",
            _grade(count, count < 20_000, count < 2_000),
            f"{count:,} ({first} to {last}){reuse}",
            "Connections to one address can't be more at a time: `sysctl -w net.ipv4.ip_local_port_range='1024 65535'`.",
        )
    if (backlog := readings.listen_backlog) is not None:
        syn = "" if readings.syn_backlog is None else f", half open {readings.syn_backlog:,}"
        yield Check(
            "accept queue",
            _grade(backlog, backlog < 1_024, backlog < 128),
            f"{backlog:,}{syn}",
            "A service on this machine may lose connections that come at once: `sysctl -w net.core.somaxconn=4096`.",
        )
    if readings.conntrack is not None:
        used, most = readings.conntrack
        yield Check(
            "connection tracking",
            _grade(used, used > 0.5 * most or most < 65_536, used > 0.9 * most),
            f"{used:,} of {most:,}",
            "The firewall drops connections beyond: `sysctl -w net.netfilter.nf_conntrack_max=262144`.",
        )


def _machine(readings: Readings) -> Iterator[Check]:
    if (cores := readings.cores) is not None:
        limited = readings.quota is not None and readings.quota < cores
        usable = min(cores, readings.quota) if readings.quota is not None else cores
        yield Check(
            "cores",
            _grade(usable, cores < 2 or limited, usable < 0.5),
            f"{cores}" + (f", of whose time {readings.quota:g} may be used" if limited else ""),
            "Its control group stops the generator in the middle of work: raise the container's CPU limit to whole cores."
            if limited
            else "With the service on the same core, each slows the other down: load it from another machine.",
        )
    if (free := readings.memory_free) is not None:
        yield Check(
            "memory",
            _grade(free, free < 1_000, free < 200),
            f"{free / 1000:.1f} GB free",
            "10,000 users take some hundred MB. End other programs, or use fewer users.",
        )
    if (disk := readings.disk_free) is not None:
        yield Check(
            "disk",
            _grade(disk, disk < 500, disk < 20),
            f"{disk / 1000:.1f} GB free for run files",
            "A run file takes some MB an hour. Free some space, or name another disk with --runs-dir.",
        )
    if (busy := readings.busy) is not None:
        yield Check(
            "other programs",
            _grade(busy, busy > 20, busy > 70),
            f"{busy:.0f} % of all cores",
            "They take time from the generator and the service: end them, or measure when they rest.",
        )
    if (steal := readings.steal) is not None:
        yield Check(
            "stolen time",
            _grade(steal, steal > 1, steal > 10),
            f"{steal:.1f} %",
            "The virtual machine's host is busy with others: use a machine with cores of its own.",
        )
    if readings.governors:
        slow = readings.governors - {"performance"}
        yield Check(
            "CPU frequency",
            _grade(0, bool(slow), False),
            ", ".join(sorted(readings.governors)),
            "Response times vary with the frequency: `cpupower frequency-set -g performance` while measuring.",
        )
    if readings.huge_pages is not None:
        yield Check("huge pages", "ok", readings.huge_pages)


def _time(readings: Readings) -> Iterator[Check]:
    if readings.clock is None and readings.clock_ns is None:
        return
    name = readings.clock or "not named"
    cost = readings.clock_ns or 0.0
    slow = readings.clock in _SLOW_CLOCKS or cost > 500
    yield Check(
        "clock",
        _grade(cost, slow, cost > 5_000),
        f"{name}, {cost:.0f} ns a reading",
        "Each request reads it several times. See /sys/devices/system/clocksource/clocksource0/available_clocksource.",
    )


def _client(readings: Readings) -> Iterator[Check]:
    found = readings.calibration
    if not found:
        return
    lag, longest = found["lag_p99_ms"], found["lag_max_ms"]
    yield Check(
        "event-loop lag",
        _grade(lag, lag > 5 or longest > 50, lag > MAX_LAG_MS),
        f"p99 {lag:.2f} ms, longest {longest:.1f} ms",
        "Users would start late. What else runs on this machine? See the lines above.",
    )
    speed = found["rps_per_core"]
    yield Check(
        "speed of the client",
        _grade(speed, speed < 5_000, speed < 500),
        f"{speed:,.0f} requests/s for each core",
        "That is little: is this Python a debug build, is a profiler or a tracer at work, is the CPU throttled?",
    )
    stamps = found["kernel_stamps"]
    yield Check(
        "time of arrival",
        _grade(0, not stamps, False),
        "noted by the kernel" if stamps else "not noted by the kernel",
        "Response times contain the generator's own lag: keep it below 50 % of a core.",
    )
    versions = found["versions"]
    yield Check(
        "engine",
        _grade(0, not found["loop"].startswith("corecext"), False),
        f"gevent {versions['gevent']} ({found['loop']}), httptools {versions['httptools']}, Python {found['python']}",
        "gevent runs without its libev extension, which is slower: install its wheel, and unset GEVENT_LOOP.",
    )
