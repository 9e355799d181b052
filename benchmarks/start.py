"""How long it takes to start, and what the controller costs while a run goes on."""

import json
import shutil
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from benchmarks import peers
from benchmarks.peers import SCENARIOS, Load, Missing, find
from benchmarks.settings import Settings
from benchmarks.table import median, render
from tests.target.launch import target_server

REPEATS = 10


def measure(settings: Settings) -> dict[str, Any]:
    """Seconds of wall time for each way to start, all repeats; the controller's share of a core; and what is missing."""
    seconds: dict[str, list[float]] = {}
    controller: dict[str, float] = {}
    missing: list[str] = []
    try:
        loadcell = find("loadcell")
        with tempfile.TemporaryDirectory() as folder, target_server(core=settings.target_core) as url:
            seconds["--help"] = _help_s(loadcell, folder)
            shutil.copy(SCENARIOS / "get.py", Path(folder) / "locustfile.py")
            seconds["--help beside a locustfile.py"] = _help_s(loadcell, folder)
            seconds["run to the first request"] = [_first_request_s(loadcell, folder, url) for _ in range(5)]
            controller = _controller(settings, url)
    except Missing as error:
        missing.append(str(error))
    return {"seconds": seconds, "controller": controller, "missing": missing}


def _help_s(loadcell: str, folder: str) -> list[float]:
    return [_wall_s([loadcell, "--help"], folder) for _ in range(REPEATS)]


def _wall_s(command: list[str], folder: str) -> float:
    start = time.monotonic()
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    spent = time.monotonic() - start
    if result.returncode != 0:
        last = " | ".join(result.stderr.strip().splitlines()[-3:])
        raise Missing(f"{' '.join(command[1:])} ended with code {result.returncode}: {last[:400]}")
    return spent


def _first_request_s(loadcell: str, folder: str, url: str) -> float:
    """From the start of the process to the first request read by the target, on the clock both share."""
    urllib.request.urlopen(url + "/__truth__/reset").read()
    command = [loadcell, "run", "-f", "locustfile.py", "-H", url, "--headless", "-u", "1", "-t", "1s"]
    start_ns = time.monotonic_ns()
    _wall_s([*command, "--runs-dir", folder], folder)
    with urllib.request.urlopen(url + "/__truth__") as response:
        first_ns = json.load(response)["first_request_ns"]
    if first_ns is None:
        raise Missing("the run sent no request")
    return float(first_ns - start_ns) / 1e9


def _controller(settings: Settings, url: str) -> dict[str, float]:
    """The controller's part of a core during a run with 200 entries, once its start is over."""
    seen = peers.loadcell("names.py")(Load(url, 50, max(settings.seconds, 10), 50, settings.client_core))
    assert seen.watch is not None
    return {"rps": seen.rps, "cpu_percent": seen.watch.controller.cpu_percent(skip_s=2)}


def tables(data: dict[str, Any]) -> str:
    """The medians, and the controller's share."""
    rows = [[name, median(each), min(each), max(each)] for name, each in data["seconds"].items()]
    text = [render("Start, seconds", ["what", "median", "least", "most"], rows)]
    if controller := data["controller"]:
        share = f"{controller['cpu_percent']:.1f} % of a core"
        text.append(f"controller with 200 entries at {controller['rps']:,.0f}/s: {share}")
    return "\n".join([*text, *(f"left out: {reason}" for reason in data["missing"])])
