"""What it costs to serve and to send a run's figures: `make verify PART=exports`. Takes about two minutes.

First the CPU of each step, then the same load four times: 200 entries, two generators, an open model far from its limits.
Nothing is asserted.
"""

from __future__ import annotations

import argparse
import http.server
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import psutil
from opentelemetry.exporter.otlp.proto.common.metrics_encoder import encode_metrics
from opentelemetry.sdk.resources import Resource

from loadcell.exports.metrics_data import Sent, metrics_data
from loadcell.exports.pages import written
from loadcell.exports.run_figures import RunFigures
from loadcell.histogram import Histogram
from loadcell.messages import EntryCounts, Health, Interval
from loadcell.store import RunReader
from tests.target.launch import target_server

ENTRIES = 200
RATE = 400
SECONDS = 20
SCENARIO = f"""
import random
from loadcell import HttpUser, task

class Visitor(HttpUser):
    @task
    def read(self):
        self.client.get("/ok", name=f"/items/{{random.randrange({ENTRIES})}}/[an entry of usual length]")
"""
MARKED = {"Accept": "application/openmetrics-text;version=1.0.0"}


class Cost(NamedTuple):
    """What one run took."""

    controller_ms: float
    """CPU of the controller, in ms a second."""
    late_ms: float
    """By how much the 99th percentile of the iterations started late."""
    fetch_ms: float | None
    """How long a page took, median."""
    size_kb: float | None


def main() -> int:
    """Measure, print a table, write it where asked."""
    parser = argparse.ArgumentParser(prog="python -m tests.export_cost", description=__doc__)
    parser.add_argument("--table", type=Path, help="also write the table to this file")
    parser.add_argument("--steps", action="store_true", help="only the CPU of each step, which takes seconds")
    options = parser.parse_args()
    lines = [*steps(), "", *([] if options.steps else runs())]
    print("\n".join(lines))
    if options.table:
        options.table.parent.mkdir(parents=True, exist_ok=True)
        options.table.write_text("\n".join(lines) + "\n")
    return 0


def steps() -> list[str]:
    """The CPU of a second that is taken in, and of each form that all of it is given in."""
    figures = RunFigures()
    chance = random.Random(1)
    entries = []
    for number in range(ENTRIES):
        times = Histogram()
        times.record_all([round(chance.lognormvariate(10, 0.5)) for _ in range(200)])
        entries.append(EntryCounts("GET", f"/items/{number}", requests=200, total_us=4_000_000, ok=times.to_bytes()))
    second = Interval(0, 0, 1, 5, {"Visitor": 5}, entries, health={"1": Health(), "2": Health()})
    figures.add(second)

    def sent() -> bytes:
        data, _ = metrics_data(figures.families(), Resource({}), Sent(1), 2, delta=True)
        return bytes(encode_metrics(data).SerializeToString())

    ways: dict[str, Callable[[], bytes | None]] = {
        "a second is taken in": lambda: figures.add(second),
        "the page as text": lambda: written(figures.families(), "text/plain")[1],
        "the page as OpenMetrics": lambda: written(figures.families(), MARKED["Accept"])[1],
        "a message of OTLP": sent,
    }
    lines = [f"| {ENTRIES} entries | CPU, the least of 7 | size |", "|---|---|---|"]
    for way, do in ways.items():
        took = []
        for _ in range(7):
            began = time.thread_time()
            made = do()
            took.append(1000 * (time.thread_time() - began))
        lines.append(f"| {way} | {min(took):.1f} ms | {f'{len(made) / 1000:,.0f} kB' if made else '–'} |")
    return lines


def runs() -> list[str]:
    """The same load, with nothing and with each of the ways."""
    lines = [
        "| | CPU of the controller, ms/s | starts late by, p99 | a page | size |",
        "|---|---|---|---|---|",
    ]
    with target_server() as url, taking() as otlp:
        ways: dict[str, tuple[list[str], dict[str, str]]] = {
            "nothing": ([], {}),
            "a page, fetched as text every second": (["--metrics-port", "0"], {"Accept": "text/plain"}),
            "a page, fetched as OpenMetrics every second": (["--metrics-port", "0"], MARKED),
            "OTLP every second": (["--otlp", otlp], {}),
        }
        for way, (words, accept) in ways.items():
            cost = measured(url, words, accept)
            page = f"{cost.fetch_ms:.0f} ms" if cost.fetch_ms is not None else "–"
            size = f"{cost.size_kb:,.0f} kB" if cost.size_kb is not None else "–"
            lines.append(f"| {way} | {cost.controller_ms:.0f} | {cost.late_ms:.2f} ms | {page} | {size} |")
    return lines


@contextmanager
def taking() -> Iterator[str]:
    """The address of somebody who takes everything that is posted."""

    class Taking(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Taking) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def measured(url: str, words: list[str], accept: dict[str, str]) -> Cost:
    """One run with these words; its page, if it has one, is fetched every second."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "locustfile.py").write_text(SCENARIO)
        command = [
            sys.executable, "-m", "loadcell", "run", "--headless", "-f", "locustfile.py", "-H", url, "--rate", str(RATE),
            "-t", str(SECONDS), "--processes", "2", "--no-monitors", *words,
        ]  # fmt: skip
        environment = {"PATH": "/usr/bin:/bin", "HOME": name, "OTEL_METRIC_EXPORT_INTERVAL": "1000"}
        with (folder / "err").open("w") as err:
            run = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=err)
        controller = psutil.Process(run.pid)
        took, sizes = [], []
        cpu: list[tuple[float, float]] = []
        while run.poll() is None:
            began = time.monotonic()
            told = [line for line in (folder / "err").read_text().splitlines() if line.startswith("metrics: ")]
            if told and cpu:
                request = urllib.request.Request(told[0].removeprefix("metrics: "), headers=accept)
                try:
                    with urllib.request.urlopen(request, timeout=10) as answer:
                        sizes.append(len(answer.read()) / 1000)
                    took.append(1000 * (time.monotonic() - began))
                except OSError:
                    break
            if "requests" in (folder / "err").read_text():
                try:
                    times = controller.cpu_times()
                except psutil.Error:
                    break
                cpu.append((time.monotonic(), times.user + times.system))
            with_patience(run, began + 1)
        run.wait()
        (path,) = (folder / ".loadcell/runs").glob("*.loadcell")
        with RunReader.open(path) as reader:
            starts = reader.starts()
        cpu = cpu[1:-2]  # The end of the run is not its load.
        share = (cpu[-1][1] - cpu[0][1]) / (cpu[-1][0] - cpu[0][0])
        return Cost(
            1000 * share,
            (starts.lateness.percentile(99) or 0.0) / 1000 if starts else 0.0,
            statistics.median(took[3:]) if took[3:] else None,
            sizes[-1] if sizes else None,
        )


def with_patience(run: subprocess.Popen[bytes], until: float) -> None:
    """Wait for the end of the run, or until the moment comes."""
    try:
        run.wait(max(0.01, until - time.monotonic()))
    except subprocess.TimeoutExpired:
        pass


if __name__ == "__main__":
    sys.exit(main())
