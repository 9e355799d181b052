"""What the probe costs the service it is in: `make verify PART=probe`. Takes about twenty minutes.

Exit code 1 when a limit is missed. The service has one core and the load another one. While the probe is switched on, all of
it runs: heartbeat, watchdog, looks at what is awaited, its server, which is read once a second.
"""

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from loadcell_probe.watchdog import INTERVAL_WHEN_COMPUTING

from .estimates import Slope, blocks, difference, median, slope

ROOT = Path(__file__).parents[2]
USERS = 32
STRETCH = 0.5  # seconds: long beside what starting the probe takes, short beside what drifts
BLOCK = 4  # pairs that are taken together, so that what the probe does once a second is in each block
READS = 100
MEMORY_SECONDS = 180
HASTE, HASTE_S = 200, 36
MEMORY_EVERY = 0.5  # seconds; the requests under way hold more or less memory by chance
WARM_UP = 1 / 2  # of the samples of memory: the tables of lines and places fill at first
# Every object is a piece of its own from the C library, and freed pieces are not kept at hand, where they count as in use.
EVERY_OBJECT = {"PYTHONMALLOC": "malloc", "GLIBC_TUNABLES": "glibc.malloc.tcache_count=0:glibc.malloc.mxfast=0"}
PARTS = ("cost", "memory", "reads")

Row = tuple[str, str, str, str]  # what, measured, limit, kept


def main() -> int:
    """Measure, print a table, write it where asked, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.probe_cost", description=__doc__)
    parser.add_argument("--pairs", type=int, default=300, help="paired switches for each endpoint")
    parser.add_argument("--only", choices=PARTS, help="leave the other parts out")
    parser.add_argument("--table", type=Path, help="also write the table to this file")
    options = parser.parse_args()
    rows: list[Row] = []
    for part in PARTS if options.only is None else (options.only,):
        match part:
            case "cost":
                rows += costs(options.pairs)
            case "memory":
                rows.append(memory())
            case _:
                rows += reads()
    lines = [
        "| what | measured, 95 % interval | limit | |",
        "|---|---|---|---|",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]
    print("\n".join(lines))
    if options.table:
        options.table.parent.mkdir(parents=True, exist_ok=True)
        options.table.write_text("\n".join(lines) + "\n")
    return int(any(row[3] != "kept" for row in rows))


def costs(pairs: int) -> list[Row]:
    """Compare the service without and with its probe, by CPU time and by requests a second."""
    rows = []
    for endpoint, throughput_limit in (("/empty", 0.93), ("/work", 0.99)):
        seconds = pairs * 8 * STRETCH + 60
        with service() as (url, path), load(url, endpoint, seconds), read_every_second(path):
            time.sleep(3)
            post(f"{url}/measure?pairs={pairs}&seconds={STRETCH}")
            measured: dict[str, Any] = {"done": False}
            while not measured["done"]:
                time.sleep(2)
                measured = get(f"{url}/pairs")
        found = blocks(measured["pairs"], BLOCK)
        by_cpu = median([(bare[1] / bare[0]) / (probed[1] / probed[0]) for bare, probed in found])
        by_wall = median([(probed[0] / probed[2]) / (bare[0] / bare[2]) for bare, probed in found])
        added = median([1e6 * (probed[1] / probed[0] - bare[1] / bare[0]) for bare, probed in found])
        bare_cpu = median([1e6 * bare[1] / bare[0] for bare, _ in found])
        of = f"`{endpoint}` ({bare_cpu[0]:.0f} µs CPU a request, {len(measured['pairs'])} pairs)"
        rows.append(
            (f"throughput by CPU time, {of}", shown(by_cpu, 4), f"≥ {throughput_limit}", kept(by_cpu[0] >= throughput_limit))
        )
        rows.append((f"throughput, requests/s, {of}", shown(by_wall, 4), "–", "kept"))
        rows.append((f"CPU time added, {of}", f"{shown(added, 2)} µs", "≤ 10 µs" if endpoint == "/empty" else "–",
                     kept(endpoint != "/empty" or added[0] <= 10)))  # fmt: skip
    return rows


def memory() -> Row:
    """What the probe adds to the growth of a service that grows a little by itself, as lists and tables fill up."""
    alone, probed = growth(probed=False), growth(probed=True)
    found = difference(probed, alone)
    return (
        f"memory in use a request, beyond the {shown(alone, 4)} B of the service alone",
        f"{shown(found, 4)} B",
        "lower bound not above 0, upper ≤ 4 B",
        kept(found[1] <= 0 and found[2] <= 4),
    )


def growth(*, probed: bool) -> Slope:
    """Fit the memory that is in use, in bytes, to the requests served."""
    served, used = [], []
    with service(**EVERY_OBJECT) as (url, _), load(url, "/empty", MEMORY_SECONDS + HASTE_S + 20):
        post(f"{url}/turn?probed={str(probed).lower()}")
        # The tables of places are bounded, and fill up by what looks happen to find: first, as much as in two hours.
        post(f"{url}/look?every={INTERVAL_WHEN_COMPUTING / HASTE}")
        time.sleep(HASTE_S)
        post(f"{url}/look?every={INTERVAL_WHEN_COMPUTING}")
        end = time.monotonic() + MEMORY_SECONDS
        while time.monotonic() < end:
            found = post(f"{url}/memory")
            served.append(float(found["requests"]))
            used.append(float(found["bytes"]))
            time.sleep(MEMORY_EVERY)
    skipped = int(len(served) * WARM_UP)
    return slope(served[skipped:], used[skipped:])


def reads() -> list[Row]:
    """Time reads of the document while the event loop can't answer."""
    rows = []
    # While C code holds the interpreter's lock nothing answers: then the wait is as long as that takes.
    for endpoint, limit in (("/sleep", 5.0), ("/compute", 20.0), ("/hold", None)):
        with service() as (url, path), load(url, endpoint, 60, users=4):
            time.sleep(2)
            took = []
            for _ in range(READS):
                before = time.perf_counter()
                read(path)
                took.append(1e3 * (time.perf_counter() - before))
                time.sleep(0.1)
        found = median(took)
        rows.append(
            (
                f"a read while the loop is in `{endpoint}`",
                f"{shown(found, 2)} ms",
                f"≤ {limit:.0f} ms" if limit else "–",
                kept(limit is None or found[0] <= limit),
            )
        )
    return rows


@contextmanager
def service(**environment: str) -> Iterator[tuple[str, Path]]:
    """Run the service on the first core, and give its URL and its probe's socket."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "--factory", "tests.probe_cost.service:create_app", "--port", str(port)]
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name) / "probe"
        process = subprocess.Popen(
            [*command, "--log-level", "warning", "--no-access-log"],
            cwd=ROOT,
            env=os.environ | {"LOADCELL_PROBE_DIR": str(directory)} | environment,
        )
        try:
            os.sched_setaffinity(process.pid, {min(os.sched_getaffinity(0))})
            path = directory / f"{process.pid}.sock"
            while not path.exists():
                if process.poll() is not None:
                    sys.exit("The service could not be started.")
                time.sleep(0.05)
            yield f"http://127.0.0.1:{port}", path
        finally:
            process.terminate()
            process.wait(10)


@contextmanager
def load(url: str, endpoint: str, seconds: float, users: int = USERS) -> Iterator[None]:
    """Put load on an endpoint from the last core."""
    with tempfile.TemporaryDirectory() as directory:
        command = [sys.executable, "-m", "loadcell", "run", "-f", str(ROOT / "tests/probe_cost/scenario.py"), "-H", url]
        process = subprocess.Popen(
            [*command, "-u", str(users), "-r", str(users), "-t", f"{seconds:.0f}s", "--headless"],
            cwd=directory,
            env=os.environ | {"LOADCELL_PROBE_PATH": endpoint},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=lambda: os.sched_setaffinity(0, {max(os.sched_getaffinity(0))}),
        )
        try:
            yield
        finally:
            process.terminate()
            process.wait(30)


@contextmanager
def read_every_second(path: Path) -> Iterator[None]:
    """Read the document once a second, as a run does; it is not there while the probe is switched off."""
    stop = threading.Event()

    def run() -> None:
        while not stop.wait(1):
            try:
                read(path)
            except (OSError, ValueError):
                continue

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def read(path: Path) -> dict[str, Any]:
    """Return a worker's document."""
    with socket.socket(socket.AF_UNIX) as reader:
        reader.settimeout(10)
        reader.connect(str(path))
        received = b""
        while part := reader.recv(1 << 20):
            received += part
    document: dict[str, Any] = json.loads(received)
    return document


def get(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=60) as answer:
        return json.load(answer)


def post(url: str) -> Any:
    with urllib.request.urlopen(urllib.request.Request(url, method="POST"), timeout=60) as answer:
        return json.load(answer)


def shown(estimate: tuple[float, float, float], digits: int) -> str:
    return f"{estimate[0]:.{digits}f} [{estimate[1]:.{digits}f}, {estimate[2]:.{digits}f}]"


def kept(is_kept: bool) -> str:
    return "kept" if is_kept else "MISSED"


if __name__ == "__main__":
    sys.exit(main())
