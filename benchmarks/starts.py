"""The open model: how many iterations start within 2 ms of when they are due, at 60 % of the generator's core."""

import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from benchmarks.machine import pinned
from benchmarks.peers import SCENARIOS, find
from benchmarks.settings import Settings
from benchmarks.table import render
from loadcell.store import RunReader
from tests.target.launch import target_server

CPU_PERCENT = 60
WITHIN_US = 2000
SHARE = 0.99
"""How many starts are to be within that."""
_FIRST_RATE = 2000.0
_SKIP_S = 2
"""Seconds at the beginning in which the pool still grows."""

_SLEEPER = """
import sys, time
rate, share, seconds = map(float, sys.argv[1:])
now, due, within, count = time.monotonic, time.monotonic() + 0.1, 0, int(rate * seconds)
for _ in range(count):
    due += 1 / rate
    if (wait := due - now()) > 0:
        time.sleep(wait)
    began = now()
    within += began - due <= 0.002
    while now() - began < share / rate:
        pass
print(within / count)
"""
"""A process that does nothing but sleep until a moment and then be busy, as much as the generator: what the machine allows
at that time."""


def measure(settings: Settings) -> dict[str, Any]:
    """Starts by lateness in each round, beside those of a bare sleeper just before."""
    rounds = []
    with target_server(core=settings.target_core) as url:
        rate = _FIRST_RATE
        for _ in range(2):
            seen = _run(settings, url, rate, 6)
            settings.say(f"calibration: {rate:,.0f}/s, {seen['cpu_percent']:.0f} % of the core")
            rate = max(100.0, round(rate * CPU_PERCENT / max(seen["cpu_percent"], 1.0)))
        for number in range(settings.rounds):
            bare = _sleeper(settings, rate)
            seen = _run(settings, url, rate, max(settings.seconds, 8)) | {"bare": bare}
            rounds.append(seen)
            settings.say(f"round {number + 1}  {seen['within']:.2%} within 2 ms, a bare sleeper {bare:.2%}")
    return {"rate": rate, "rounds": rounds}


def _run(settings: Settings, url: str, rate: float, seconds: float) -> dict[str, Any]:
    words = ["run", "-f", str(SCENARIOS / "get.py"), "-H", url, "--headless", "--only-summary"]
    words += ["--rate", f"{rate:g}", "-u", "50", "-t", f"{seconds + 1:g}"]
    began, stolen = time.monotonic(), _stolen_s(settings.client_core)
    with tempfile.TemporaryDirectory() as folder:
        with subprocess.Popen(
            pinned(settings.target_core, [find("loadcell"), *words]),
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as command:
            _bind_generator(command, settings.client_core)
        stolen, took = _stolen_s(settings.client_core) - stolen, time.monotonic() - began
        (path,) = Path(folder).glob(".loadcell/runs/*.loadcell")
        with RunReader.open(path) as reader:
            starts = reader.starts(_SKIP_S)
            busy = [row.cpu for row in reader.health() if row.second >= _SKIP_S]
    assert starts is not None
    within = sum(count for us, count in starts.lateness.buckets() if us <= WITHIN_US)
    p50, p99 = (us and us / 1000 for us in starts.lateness.percentiles((50, 99)))
    return {
        "started": starts.started,
        "dropped": starts.dropped,
        "within": within / max(starts.due, 1),
        "p50_ms": p50,
        "p99_ms": p99,
        "cpu_percent": sum(busy) / len(busy),
        "stolen_percent": 100 * stolen / took,
    }


def _stolen_s(core: int) -> float:
    """For how long the hypervisor has kept a core from this machine, since it started."""
    return getattr(psutil.cpu_times(percpu=True)[core], "steal", 0.0)


def _bind_generator(command: subprocess.Popen[bytes], core: int) -> None:
    """Give the generator a core of its own, apart from what writes its figures down."""
    while command.poll() is None:
        for child in psutil.Process(command.pid).children():
            with suppress(psutil.NoSuchProcess):  # the one that only describes the scenario, and is soon gone
                if "--link" in child.cmdline():
                    child.cpu_affinity([core])
                    return
        time.sleep(0.05)


def _sleeper(settings: Settings, rate: float) -> float:
    words = [sys.executable, "-c", _SLEEPER, f"{rate}", f"{CPU_PERCENT / 100}", "4"]
    command = pinned(settings.client_core, words)
    return float(subprocess.run(command, capture_output=True, check=True, text=True).stdout)


def tables(data: dict[str, Any]) -> str:
    """One line a round."""
    columns = [
        "round",
        "started",
        "dropped",
        "CPU %",
        "late p50 ms",
        "p99 ms",
        "stolen %",
        "within 2 ms %",
        "bare sleeper %",
    ]
    rows = [
        [
            number,
            each["started"],
            each["dropped"],
            each["cpu_percent"],
            each["p50_ms"],
            each["p99_ms"],
            each["stolen_percent"],
            100 * each["within"],
            100 * each["bare"],
        ]
        for number, each in enumerate(data["rounds"], 1)
    ]
    title = (
        f"Starts of {data['rate']:,.0f} iterations/s, one core; {SHARE:.0%} are to be within 2 ms of when they are due\n"
        "Stolen: for how long the hypervisor gave the generator's core to others"
    )
    return render(title, columns, rows)
