"""`python -m tests.cluster.scale`: what a run costs its controller, by the number of machines, which are simulated.

The controller is the real one: it keeps in touch with each machine, merges what they say, judges it, writes the run file;
the lead is a process of its own. Left out is Dask, which carries the calls.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

from loadcell.config import RunConfig
from loadcell.controller.progress import Progress
from loadcell.controller.run import Outcome, Run
from loadcell.store import RunReader
from tests import tables
from tests.cluster.simulated import Figures, SimulatedCluster, spent_s

SCENARIO = """
from locust import HttpUser, task

class Visitor(HttpUser):
    @task
    def look(self):
        self.client.get("/")
"""
HEAD = (
    "| machines | generators | entries | requests/s | start | controller | per machine | resident memory, halfway and last "
    "| run file | commit | |\n|---|---|---|---|---|---|---|---|---|---|---|"
)
LIMIT = 0.5
"""Of a core, for 1,000 machines."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One run."""

    machines: int
    processes: int
    entries: int
    per_entry: int
    start_s: float
    """From the beginning until the load is there."""
    core: float
    """How much of a core the controller used, the simulation left out."""
    halfway_mb: float
    last_mb: float
    file_mb_s: float
    counted: bool
    """Whether every request is in the run file."""

    def row(self, commit: str) -> str:
        problems = []
        if self.core > LIMIT * max(1.0, self.machines / 1000):
            problems.append("too much")
        if self.last_mb > 1.1 * self.halfway_mb:
            problems.append("memory grows")
        if not self.counted:
            problems.append("requests are missing")
        rate = self.machines * self.entries * self.per_entry
        return (
            f"| {self.machines:,} | {self.machines * self.processes:,} | {self.entries} | {rate:,} | {self.start_s:.1f} s "
            f"| {self.core:.3f} of a core | {self.core / self.machines * 1e6:.0f} µs/s "
            f"| {self.halfway_mb:.0f}, {self.last_mb:.0f} MB | {self.file_mb_s:.2f} MB/s | {commit} "
            f"| {', '.join(problems) or 'pass'} |"
        )


async def carry_out(config: RunConfig, watch: Callable[[Progress], None], cluster: SimulatedCluster) -> Outcome:
    """The run, to be begun on its loop."""
    return await Run(config, watch=watch, cluster=cluster).run()


def measure(machines: int, processes: int, entries: int, per_entry: int, seconds: float, warm_s: float = 10.0) -> Measured:
    """A run of so many seconds; measured from `warm_s` on."""
    figures = Figures(entries, per_entry)
    process = psutil.Process()
    marks: list[tuple[float, float, float, float]] = []
    """By second: when, the CPU time used, that of the simulation, resident memory."""
    began: list[float] = []

    def watch(progress: Progress) -> None:
        if progress.elapsed_s > 0 and not began:
            began.append(time.monotonic())
        if progress.elapsed_s >= warm_s and progress.state in ("spawning", "running"):
            marks.append((time.monotonic(), time.process_time(), spent_s[0], process.memory_info().rss / 1e6))

    with tempfile.TemporaryDirectory() as folder:
        scenario = Path(folder) / "locustfile.py"
        scenario.write_text(SCENARIO)
        config = RunConfig(
            scenario=str(scenario),
            host="http://127.0.0.1:9",
            users=machines * processes,
            spawn_rate=1e6,
            run_time_s=seconds,
            processes=machines * processes,
            runs_dir=Path(folder) / "runs",
            no_monitors=True,
        )
        cluster = SimulatedCluster(machines, processes, figures, seconds)
        made = time.monotonic()
        outcome = asyncio.run(carry_out(config, watch, cluster))
        cluster.close()
        assert outcome.path is not None
        with RunReader.open(outcome.path) as reader:
            # The last second is the lead's, and in the one before machines are stopped before they have sent it, or after.
            ((last,),) = list(reader._rows("SELECT max(second) FROM intervals"))
            ((requests,),) = list(reader._rows("SELECT sum(requests) FROM counts WHERE second < ?", last - 1))
            complete = (last - 1) * machines * figures.requests
        file_mb = outcome.path.stat().st_size / 1e6
    (at, cpu, own, _), (at_end, cpu_end, own_end, last_mb) = marks[0], marks[-1]
    halfway = marks[len(marks) // 2][3]
    core = (cpu_end - cpu - (own_end - own)) / (at_end - at)
    return Measured(
        machines,
        processes,
        entries,
        per_entry,
        began[0] - made,
        core,
        halfway,
        last_mb,
        file_mb / seconds,
        requests == complete,
    )


def main() -> int:
    """Measure and print a table; exit code 1 if something is not as it must be."""
    parser = tables.parser("tests.cluster.scale", __doc__)
    parser.add_argument("--machines", type=int, nargs="*", default=[1, 10, 100, 300, 1000])
    parser.add_argument("--processes", type=int, default=16, help="generators on each")
    parser.add_argument("--entries", type=int, default=100)
    parser.add_argument("--per-entry", type=int, nargs="*", default=[10, 100], help="requests of each entry a second")
    parser.add_argument("--seconds", type=float, default=40.0, help="how long each run is")
    given = parser.parse_args()
    table = tables.Table(HEAD)
    for per_entry in given.per_entry:
        for machines in given.machines:
            found = measure(machines, given.processes, given.entries, per_entry, given.seconds)
            table.add(found.row(tables.commit()))
    return table.close(given.table)


if __name__ == "__main__":
    raise SystemExit(main())
