"""`python -m tests.cluster.carriage`: what it costs that Dask carries the calls, by the number of workers, real ones.

Each worker has one user who sends a request a second: what is measured is keeping in touch. Wants a machine at rest.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import psutil

from tests import tables
from tests.cluster.machines import machines
from tests.cluster.service import service
from tests.integration.loadcell_command import Command, wait_until

SCENARIO = """
from locust import HttpUser, constant, task

class Visitor(HttpUser):
    wait_time = constant(1)

    @task
    def look(self):
        self.client.get("/look")
"""
SECONDS = 20.0
HEAD = "| workers | controller | scheduler | one worker | commit |\n|---|---|---|---|---|"


def measure(workers: int) -> tuple[float, float, float]:
    """What the controller, the scheduler and one worker use of a core."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with service(folder) as served, machines(folder / "cluster", workers) as cluster:
            command = Command(folder, served.url)
            load = ("-u", str(workers), "-r", "1000", "-t", "10m", "--no-monitors", "--cluster", cluster.address)
            running = command.start(SCENARIO, *load)
            try:
                wait_until(lambda: len(served.seen("/look")) > 3 * workers, "the load is there", 120)
                pids = (running.process.pid, cluster.scheduler.pid, cluster.workers[0].pid)
                spent = _spent(pids)
                begun = time.monotonic()
                wait_until(lambda: time.monotonic() >= begun + SECONDS, "time passes", 2 * SECONDS)
                took = time.monotonic() - begun
                controller, scheduler, worker = (
                    (after - before) / took for before, after in zip(spent, _spent(pids), strict=True)
                )
            finally:
                command.close()
    return controller, scheduler, worker


def _spent(pids: tuple[int, ...]) -> list[float]:
    return [sum(psutil.Process(pid).cpu_times()[:2]) for pid in pids]


def main() -> int:
    """Measure and print a table."""
    parser = tables.parser("tests.cluster.carriage", __doc__)
    parser.add_argument("--workers", type=int, nargs="*", default=[1, 6, 12])
    given = parser.parse_args()
    table = tables.Table(HEAD)
    for workers in given.workers:
        used = " | ".join(f"{share * 1000:.1f} ms/s" for share in measure(workers))
        table.add(f"| {workers} | {used} | {tables.commit()} |")
    table.close(given.table)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
