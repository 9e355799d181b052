"""Gives one case its load, and keeps the run: the only part of the laboratory that takes time."""

from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from loadcell.diagnosis import diagnose
from loadcell.store import RunReader
from loadcell.store.schema import SUFFIX
from tests.far_database import far_database
from tests.faults.cases import Case
from tests.faults.judge import SERVICES, Outcome
from tests.faults.surroundings import control_group, database, neighbours, other_service

SCENARIO = """
import time

from loadcell import HttpUser, constant, constant_pacing, task

class Visitor(HttpUser):
    wait_time = {wait}

    @task
    def go(self):
        {task}
"""
CAPACITY_S = 19
"""The load that tells the capacity; the last CAPACITY_LAST_S of it count."""
CAPACITY_LAST_S = 10
PATIENCE_S = 400


@dataclass(frozen=True)
class Kept:
    """What is kept of a run beside its file."""

    commit: str
    downstream: str = ""
    capacity: float | None = None


def measure(case: Case, file: Path, commit: str) -> Kept:
    """Give the case its load and keep the run in `file`. NotHere where it can't be tried."""
    if case.share is None:
        return Kept(commit, _run(case, file))
    _run(replace(case, share=None, seconds=CAPACITY_S, spawn_rate=case.users), file)
    with RunReader.open(file) as reader:
        end = int(reader.duration_s)
        total = reader.total(end - CAPACITY_LAST_S, end)
    capacity = (total.requests - total.failures) / CAPACITY_LAST_S
    _run(case, file, case.share * capacity)
    return Kept(commit, capacity=capacity)


def outcome_of(file: Path, kept: Kept) -> Outcome:
    """What the diagnosis says of a run now."""
    with RunReader.open(file) as reader:
        findings = diagnose(reader)
        total = reader.total()
        rps = total.requests / reader.duration_s if reader.duration_s else 0.0
    return Outcome(findings, kept.downstream, rps, kept.capacity)


def _run(case: Case, file: Path, rate: float | None = None) -> str:
    """One load; the host of the other service, if there is one."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lab-")))
        wait = case.wait if rate is None or case.open_model else f"constant_pacing({case.pause_s})"
        (folder / "lab.py").write_text(SCENARIO.format(wait=wait, task=case.task))
        environment = {**os.environ, **case.environment, "LAB_SIZE": json.dumps(dict(case.size)), "LAB_FOLDER": str(folder)}
        words = ["--app", case.app, "--workers", str(case.workers), "-f", str(folder / "lab.py")]
        words += ["--runs-dir", str(folder), *_load(case, rate)]
        host = ""
        if case.schema:
            url = stack.enter_context(database(case.schema))
            words += ["--postgres", url]
            away_ms = case.size.get("away_ms", 0)
            environment["LAB_DATABASE"] = stack.enter_context(far_database(url, away_ms / 1000)) if away_ms else url
        if case.downstream:
            host = stack.enter_context(other_service(*case.downstream))
            environment["LAB_DOWNSTREAM"] = f"http://{host}/"
        if case.quota is not None or case.memory_mb is not None:
            environment["LAB_GROUP"] = str(stack.enter_context(control_group(case.quota, case.memory_mb)))
        stack.enter_context(neighbours(case.neighbours))
        command = [sys.executable, "-m", "loadcell", *(("assess", "--quick") if case.assess else ("run", "--headless"))]
        with (folder / "output").open("w") as output:
            subprocess.run(
                [*command, *words],
                cwd=SERVICES,
                env=environment,
                stdout=output,
                stderr=output,
                timeout=PATIENCE_S,
                check=False,
            )
        made = list(folder.glob(f"*{SUFFIX}"))
        if len(made) != 1:
            raise RuntimeError(f"{case.name} left no run file: {(folder / 'output').read_text()[-2000:]}")
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(made[0], file)
    return host


def _load(case: Case, rate: float | None) -> list[str]:
    if case.assess:
        return ["-u", str(case.users), "--objective", case.assess]
    if rate is not None and case.open_model:
        return ["--rate", f"{rate:.1f}", "-t", f"{case.seconds}s"]
    users = case.users if rate is None else math.ceil(rate * case.pause_s)
    spawn = case.spawn_rate if rate is None else max(case.spawn_rate, users / 4)
    return ["-u", str(users), "-r", f"{spawn:g}", "-t", f"{case.seconds}s"]


def as_json(kept: Kept) -> str:
    """To be kept beside the run file."""
    return json.dumps(asdict(kept))
