"""The load generators that are measured: each makes the same load on a URL and tells what it saw."""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.machine import ROOT, pinned
from benchmarks.watching import Watch, watched

SCENARIOS = Path(__file__).resolve().parent / "scenarios"


class Missing(Exception):
    """A load generator is not installed, or does not run here; the text says why."""


@dataclass(frozen=True, slots=True)
class Load:
    """What a load generator is to do: users, the seconds at full load, users started per second, its core."""

    url: str
    users: int
    seconds: float
    spawn_rate: float
    core: int = 1
    wait_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Seen:
    """What it says: requests per second at full load, its 99th percentile in ms where it tells one, all requests."""

    rps: float
    p99_ms: float | None = None
    requests: int | None = None
    watch: Watch | None = None
    document: Mapping[str, Any] | None = None


Peer = Callable[[Load], Seen]


def find(name: str) -> str:
    """The path of a program: beside this Python, among the peers' own, on the PATH, in /usr/sbin."""
    folders = [Path(sys.executable).parent] if name == "loadcell" else []
    folders += [Path(os.environ.get("BENCH_PEERS", ROOT / ".make" / "peers-venv")) / "bin"]
    for folder in folders:
        if (folder / name).exists():
            return str(folder / name)
    found = None if name == "locust" else shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin")
    if found is None:
        raise Missing(f"{name} is not installed (benchmarks/peers.sh installs or names it)")
    return found


def _run(
    command: list[str], load: Load, *, timeout_s: float, environment: Mapping[str, str] | None = None, folder: str = "."
) -> tuple[str, Watch]:
    """The output of a pinned command, and what was read from the side; an exit code of 1 means failed requests."""
    with subprocess.Popen(
        pinned(load.core, command),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=folder,
        env={**os.environ, **(environment or {})},
    ) as process:
        try:
            with watched(process.pid) as watch:
                output = process.communicate(timeout=timeout_s)[0]
        except subprocess.TimeoutExpired:
            process.kill()
            raise Missing(f"{Path(command[0]).name} did not end within {timeout_s:.0f} s") from None
    if process.returncode not in (0, 1):
        last = " | ".join(output.strip().splitlines()[-3:]) or "no output"
        raise Missing(f"{Path(command[0]).name} ended with code {process.returncode}: {last[:400]}")
    return output, watch


def _number(pattern: str, text: str, program: str) -> float:
    found = re.search(pattern, text)
    if found is None:
        raise Missing(f"{program} printed no rate: {text.strip()[-200:]}")
    return float(found[1])


def _none_failed(program: str, failures: int) -> None:
    """A rate of failed requests is no rate."""
    if failures:
        raise Missing(f"{program} reported failed requests")


def wrk(load: Load) -> Seen:
    """wrk with one thread: no scenario, C all the way; what the target can give."""
    command = [find("wrk"), "-t1", f"-c{load.users}", f"-d{load.seconds:.0f}s", load.url]
    output, _ = _run(command, load, timeout_s=load.seconds + 30)
    _none_failed("wrk", output.count("Non-2xx") + output.count("Socket errors"))
    return Seen(_number(r"Requests/sec:\s*([\d.]+)", output, "wrk"))


def hey(load: Load) -> Seen:
    """hey on one processor."""
    command = [find("hey"), "-z", f"{load.seconds:.0f}s", "-c", str(load.users), "-cpus", "1", load.url]
    output, _ = _run(command, load, timeout_s=load.seconds + 30)
    _none_failed("hey", output.count("Error distribution"))
    return Seen(_number(r"Requests/sec:\s*([\d.]+)", output, "hey"))


def k6(load: Load) -> Seen:
    """k6 on one processor; a ramp only where users wait (its figures then include the ramp)."""
    with tempfile.TemporaryDirectory() as folder:
        summary = Path(folder) / "summary.json"
        ramp = load.users / load.spawn_rate if load.wait_s else 0
        environment = {
            "GOMAXPROCS": "1",
            "K6_NO_USAGE_REPORT": "true",
            "BENCH_URL": load.url,
            "BENCH_USERS": str(load.users),
            "BENCH_SECONDS": f"{load.seconds:.0f}",
            "BENCH_WAIT": str(load.wait_s),
            "BENCH_RAMP": f"{ramp:.0f}",
        }
        command = [find("k6"), "run", "--quiet", "--no-color", "--summary-trend-stats=p(50),p(99)"]
        command += [f"--summary-export={summary}", str(SCENARIOS / "k6.js")]
        _, watch = _run(command, load, timeout_s=load.seconds + ramp + 90, environment=environment)
        metrics = json.loads(summary.read_text())["metrics"]
    _none_failed("k6", int(metrics["http_req_failed"]["passes"]))
    count = int(metrics["http_reqs"]["count"])
    # While users come in evenly, half of them are there on average.
    rps = count / (load.seconds + ramp / 2) if ramp else float(metrics["http_reqs"]["rate"])
    return Seen(rps, float(metrics["http_req_duration"]["p(99)"]), count, watch)


def locust(scenario: str) -> Peer:
    """The real Locust with one of the scenarios; its start-up is left out of the figures."""

    def measure(load: Load) -> Seen:
        ramp = load.users / load.spawn_rate
        with tempfile.TemporaryDirectory() as folder:
            command = [find("locust"), "-f", str(SCENARIOS / scenario), "-H", load.url, "--headless", "--only-summary"]
            command += [
                "-u",
                str(load.users),
                "-r",
                f"{load.spawn_rate:g}",
                "-t",
                f"{ramp * 2 + load.seconds + 1:.0f}s",
            ]
            command += ["--csv", f"{folder}/run", "--reset-stats", "--loglevel", "ERROR", "--json-file", f"{folder}/run"]
            _, watch = _run(command, load, timeout_s=ramp * 4 + load.seconds + 60, folder=folder)
            history = list(csv.DictReader((Path(folder) / "run_stats_history.csv").open()))
            entries = json.loads((Path(folder) / "run.json").read_text())
        _none_failed("locust", sum(entry["num_failures"] for entry in entries))
        return Seen(_steady_rps(history, load.users), *_p99_and_count(entries), watch)

    return measure


def _p99_and_count(entries: list[dict[str, Any]]) -> tuple[float, int]:
    """Locust's rounded response times put together, and how many there are."""
    times: Counter[float] = Counter()
    for entry in entries:
        times.update({float(time): count for time, count in entry["response_times"].items()})
    count, passed = times.total(), 0
    for time in sorted(times):
        passed += times[time]
        if passed >= 0.99 * count:
            return time, count
    raise Missing("locust counted no request")


def _steady_rps(history: list[dict[str, str]], users: int) -> float:
    """Requests per second over the seconds at full load, from Locust's running totals."""
    rows = [
        (float(row["Timestamp"]), int(row["Total Request Count"]))
        for row in history
        if row["Name"] == "Aggregated" and int(row["User Count"]) == users
    ]
    steady: list[tuple[float, int]] = []
    for row in rows:
        if steady and row[1] < steady[-1][1]:
            steady.clear()  # the totals were reset when all users were there
        if not steady or row[0] > steady[-1][0]:
            steady.append(row)
    if len(steady) < 2:
        raise Missing(f"locust did not reach {users} users in time")
    (start, before), (end, after) = steady[0], steady[-1]
    return (after - before) / (end - start)


def loadcell(scenario: str, environment: Mapping[str, str] | None = None, words: Sequence[str] = ()) -> Peer:
    """Ours with one of the scenarios, and further words: controller and generator on the same core."""

    def measure(load: Load) -> Seen:
        seconds = load.users / load.spawn_rate + load.seconds
        with tempfile.TemporaryDirectory() as folder:
            result = Path(folder) / "result.json"
            command = [find("loadcell"), "run", "-f", str(SCENARIOS / scenario), "-H", load.url, "--headless"]
            command += ["-u", str(load.users), "-r", f"{load.spawn_rate:g}", "-t", f"{seconds:.0f}s"]
            command += ["--json", str(result), "--runs-dir", folder, *words]
            output, watch = _run(command, load, timeout_s=seconds + 60, environment=environment, folder=folder)
            if not result.exists():
                raise Missing(f"loadcell wrote no result: {output.strip()[-300:]}")
            document = json.loads(result.read_text())
        steady = next((stage for stage in document["stages"] if stage["phase"] == "load"), document["total"])
        total = document["total"]
        _none_failed("loadcell", total["failures"])
        return Seen(float(steady["rps"]), float(steady["p99_ms"]), int(total["requests"]), watch, document)

    return measure
