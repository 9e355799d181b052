"""Machines whose clocks differ by hours: real ones, by time namespaces. Their seconds are the same seconds."""

from __future__ import annotations

import shutil
import subprocess
from collections import defaultdict
from pathlib import Path

import pytest

from tests.cluster.machines import machines
from tests.cluster.service import Service
from tests.integration.loadcell_command import Command

AHEAD_S = (0, 7_200, 400_000)
SCENARIO = """
import os, time
from locust import HttpUser, constant_pacing, task

class Visitor(HttpUser):
    wait_time = constant_pacing(0.01)

    @task
    def look(self):
        # Every process here has the same wall clock; what is apart is the clock that seconds are counted by.
        self.client.get("/by", name=f"{os.getpid()} {time.time():.3f}")
"""


def why_no_time_namespaces() -> str:
    if shutil.which("unshare") is None:
        return "no time namespaces: there is no unshare command"
    done = subprocess.run(["unshare", "-T", "--monotonic", "7200", "true"], capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else f"no time namespaces: {done.stderr.strip()}"


def test_seconds_of_machines_whose_clocks_differ_by_hours_line_up(tmp_path: Path, served: Service, command: Command) -> None:
    if why := why_no_time_namespaces():
        pytest.skip(why)
    with machines(tmp_path / "cluster", 0) as cluster:
        for ahead_s in AHEAD_S:
            cluster.add(1, within=("unshare", "-T", "--monotonic", str(ahead_s)))
        result = command.run(SCENARIO, "-u", "3", "-r", "100", "-t", "5s", "--cluster", cluster.address)
    assert result.code == 0, result.err
    with result.reader() as reader:
        started = reader.facts.started
        seen: dict[str, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
        for second, name in reader._rows("SELECT second, name FROM counts JOIN entries ON entries.id = counts.entry"):
            pid, at = name.split()
            seen[pid][second].append(float(at) - started)
    assert len(seen) == 3
    for second in range(1, 5):
        # Where one second ends and the next begins, by what each process counted in which: known to 5 ms.
        borders = [(max(counted[second - 1]) + min(counted[second])) / 2 for counted in seen.values()]
        assert max(borders) - min(borders) <= 0.05, borders
        assert all(abs(border - second) <= 0.05 for border in borders), borders
