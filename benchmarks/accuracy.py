"""How true the percentiles are: our figures beside those of the server itself, at half load of the generator's core."""

import json
import time
import urllib.request
from typing import Any

from benchmarks import peers
from benchmarks.machine import busy_s
from benchmarks.peers import Load, Missing, Seen
from benchmarks.settings import Settings
from benchmarks.table import render
from tests.target.launch import target_server

PATH = "/delay?dist=lognormal&median=10&sigma=0.5&seed=1"
WAIT_S = 0.05
CPU_PERCENT = 50
REQUESTS = 110_000
LIMITS_MS = {"p50": 0.2, "p90": 0.2, "p95": 0.2, "p99": 0.2, "p99.9": 0.5}
"""What a percentile may be off, beside one per cent of it."""


def measure(settings: Settings) -> dict[str, Any]:
    """Both sides' percentiles in ms, their number of requests, and the generator's share of its core."""
    try:
        with target_server("--spin", core=settings.target_core) as url:
            users, rps = _calibrated(settings, url)
            urllib.request.urlopen(url + "/__truth__/reset").read()
            start, busy_before = time.monotonic(), busy_s(settings.client_core)
            seen = _run(settings, url, users, max(REQUESTS / rps, settings.seconds))
            busy = 100 * (busy_s(settings.client_core) - busy_before) / (time.monotonic() - start)
            with urllib.request.urlopen(url + "/__truth__?prefix=/delay") as response:
                truth = json.load(response)["total"]
    except Missing as error:
        return {"missing": str(error)}
    assert seen.watch is not None
    assert seen.document is not None
    total = seen.document["total"]
    return {
        "users": users,
        "rps": seen.rps,
        "cpu_percent": seen.watch.generator.cpu_percent(skip_s=3),
        "core_busy_percent": busy,
        "requests": {"ours": total["requests"], "truth": truth["count"]},
        "percentiles": {
            name: {"ours_ms": total[name.replace(".", "") + "_ms"], "truth_ms": truth[f"{name}_us"] / 1000}
            for name in LIMITS_MS
        },
    }


def _run(settings: Settings, url: str, users: int, seconds: float) -> Seen:
    generator = peers.loadcell("delay.py", {"BENCH_PATH": PATH, "BENCH_WAIT": str(WAIT_S)})
    return generator(Load(url, users, seconds, 1000, settings.client_core))


def _calibrated(settings: Settings, url: str) -> tuple[int, float]:
    """The number of users that takes about half of the core, and the requests per second they make."""
    users = 100
    for _ in range(2):
        seen = _run(settings, url, users, 6)
        assert seen.watch is not None
        percent = max(seen.watch.generator.cpu_percent(skip_s=2), 1.0)
        settings.say(f"calibration: {users} users, {seen.rps:,.0f}/s, {percent:.0f} % of the core")
        wanted = max(10, round(users * CPU_PERCENT / percent))
        rps, users = seen.rps * wanted / users, wanted
    return users, rps


def tables(data: dict[str, Any]) -> str:
    """Each percentile on both sides, the difference, and what it may be."""
    if "missing" in data:
        return f"\naccuracy: left out: {data['missing']}"
    rows = []
    for name, each in data["percentiles"].items():
        ours, truth = each["ours_ms"], each["truth_ms"]
        limit = 0.01 * truth + LIMITS_MS[name]
        difference = ours - truth
        rows.append([name, ours, truth, difference, 100 * difference / truth, limit, abs(difference) <= limit])
    title = (
        f"Percentiles against the truth: {data['users']} users, {data['rps']:,.0f}/s, "
        f"{data['cpu_percent']:.0f} % of the generator's core (busy in all: {data['core_busy_percent']:.0f} %), "
        f"{data['requests']['ours']:,} requests of {data['requests']['truth']:,}"
    )
    return render(title, ["percentile", "ours ms", "truth ms", "off ms", "off %", "limit ms", "within"], rows)
