"""What is well, doubtful, or would spoil a run."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console

from loadcell.cli.commands.doctor import show
from loadcell.doctor import Readings, check

CALIBRATION: dict[str, Any] = {
    "rps_per_core": 60_000.0,
    "lag_p99_ms": 0.2,
    "lag_max_ms": 2.0,
    "kernel_stamps": True,
    "loop": "corecext",
    "python": "3.11.2",
    "versions": {"loadcell": "0.1.0", "gevent": "25.9.1", "greenlet": "3.2.4", "httptools": "0.6.4"},
}
FIT = Readings(
    descriptors=65_536,
    ports=(32_768, 60_999),
    time_wait_reuse=2,
    listen_backlog=4_096,
    syn_backlog=1_024,
    cores=4,
    memory_free=8_000.0,
    governors=frozenset(("performance",)),
    clock="tsc",
    clock_ns=40.0,
    busy=2.0,
    steal=0.0,
    conntrack=(100, 262_144),
    huge_pages="madvise",
    disk_free=50_000.0,
    calibration=CALIBRATION,
)


def test_a_fit_machine() -> None:
    checks = check(FIT)
    assert {one.state for one in checks} == {"ok"}
    assert not any(one.advice for one in checks)
    assert len(checks) == 16


@pytest.mark.parametrize(
    ("change", "name", "state", "advice"),
    [
        ({"descriptors": 4_096}, "open files", "warning", "ulimit -n"),
        ({"descriptors": 256}, "open files", "problem", "ulimit -n"),
        ({"ports": (50_000, 59_999)}, "ports", "warning", "ip_local_port_range"),
        ({"ports": (50_000, 50_999)}, "ports", "problem", "ip_local_port_range"),
        ({"listen_backlog": 128}, "accept queue", "warning", "somaxconn"),
        ({"conntrack": (100, 32_768)}, "connection tracking", "warning", "nf_conntrack_max"),
        ({"conntrack": (262_000, 262_144)}, "connection tracking", "problem", "nf_conntrack_max"),
        ({"cores": 1}, "cores", "warning", "another machine"),
        ({"quota": 1.5}, "cores", "warning", "CPU limit"),
        ({"quota": 0.2}, "cores", "problem", "CPU limit"),
        ({"memory_free": 500.0}, "memory", "warning", "fewer users"),
        ({"memory_free": 100.0}, "memory", "problem", "fewer users"),
        ({"disk_free": 5.0}, "disk", "problem", "--runs-dir"),
        ({"busy": 40.0}, "other programs", "warning", "end them"),
        ({"busy": 95.0}, "other programs", "problem", "end them"),
        ({"steal": 4.0}, "stolen time", "warning", "cores of its own"),
        ({"governors": frozenset(("powersave",))}, "CPU frequency", "warning", "cpupower"),
        ({"clock": "hpet", "clock_ns": 900.0}, "clock", "warning", "available_clocksource"),
        ({"calibration": {**CALIBRATION, "lag_p99_ms": 20.0}}, "event-loop lag", "warning", "late"),
        ({"calibration": {**CALIBRATION, "lag_p99_ms": 150.0}}, "event-loop lag", "problem", "late"),
        ({"calibration": {**CALIBRATION, "rps_per_core": 2_000.0}}, "speed of the client", "warning", "debug build"),
        ({"calibration": {**CALIBRATION, "kernel_stamps": False}}, "time of arrival", "warning", "lag"),
        ({"calibration": {**CALIBRATION, "loop": "corecffi"}}, "engine", "warning", "libev"),
    ],
)
def test_what_is_not_as_it_should_be(change: dict[str, Any], name: str, state: str, advice: str) -> None:
    different = [one for one in check(replace(FIT, **change)) if one.state != "ok"]
    assert [(one.name, one.state) for one in different] == [(name, state)]
    assert advice in different[0].advice


def test_what_cannot_be_read_is_left_out() -> None:
    assert check(Readings()) == []


@pytest.mark.parametrize("width", [80, 120])
def test_the_table_fits_the_terminal(width: int) -> None:
    written = io.StringIO()
    show(check(replace(FIT, busy=95.0, descriptors=4_096)), Console(file=written, width=width, highlight=False))
    lines = written.getvalue().splitlines()
    assert max(map(len, lines)) <= width
    assert lines[0].split() == ["warning", "open", "files", "4,096", "a", "process"]
    assert any(line.startswith("open files: Each user takes one.") for line in lines)
    assert lines[-1] == "This machine would spoil a run."
