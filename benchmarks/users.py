"""What ten thousand users, each with one request a second, cost on one core."""

from typing import Any

from benchmarks import peers
from benchmarks.nginx import nginx_server
from benchmarks.peers import Load, Missing, Peer
from benchmarks.settings import Settings
from benchmarks.table import render

GENERATORS: dict[str, Peer] = {
    "loadcell HttpUser": peers.loadcell("wait.py"),
    "loadcell FastHttpUser": peers.loadcell("wait_fast.py"),
    "k6": peers.k6,
    "Locust FastHttpUser": peers.locust("wait_fast.py"),
}


def measure(settings: Settings) -> dict[str, Any]:
    """Rate, 99th percentile and the memory and processor of the process that makes the load, by generator."""
    figures: dict[str, dict[str, Any]] = {}
    missing: dict[str, str] = {}
    with nginx_server(settings.target_core) as url:
        spawn_rate = min(1000, settings.users / 2)
        load = Load(url, settings.users, max(settings.seconds, 10), spawn_rate, settings.client_core, wait_s=1)
        for name, generator in GENERATORS.items():
            try:
                seen = generator(load)
            except Missing as error:
                missing[name] = str(error)
                settings.say(f"{name}: left out: {error}")
                continue
            assert seen.watch is not None
            process = seen.watch.generator
            figures[name] = {
                "rps": seen.rps,
                "p99_ms": seen.p99_ms,
                "peak_mb": process.peak_mb,
                "final_mb": process.last_mb,
                "cpu_percent": process.cpu_percent(skip_s=settings.users / spawn_rate + 2),
            }
            settings.say(f"{name:24}{seen.rps:10,.0f}/s")
    return {"users": settings.users, "seconds": load.seconds, "figures": figures, "missing": missing}


def tables(data: dict[str, Any]) -> str:
    """One line per generator."""
    columns = ["generator", "requests/s", "p99 ms", "peak MB", "final MB", "CPU %"]
    rows = [[name, *each.values()] for name, each in data["figures"].items()]
    title = f"{data['users']:,} users with constant(1), one core, nginx"
    left_out = [f"left out: {name}: {reason}" for name, reason in data["missing"].items()]
    return "\n".join([render(title, columns, rows), *left_out])
