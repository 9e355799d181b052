"""An assessment of a real server whose capacity is set, on a schedule of some seconds."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from junitparser import JUnitXml, TestSuite

from loadcell.config import RunConfig
from loadcell.controller.assessment.findings import Question
from loadcell.controller.assessment.pilot import Pilot
from loadcell.controller.assessment.schedule import Schedule
from loadcell.controller.run import Run
from loadcell.objectives import parse_objective
from loadcell.report import write_junit
from loadcell.report.document import document
from loadcell.store import RunReader
from tests.target.launch import target_server

SHORT = Schedule(
    quick=True, baseline_s=3, settle_s=1, step_s=3, factor=5.0, leap=True, trial_s=2, search_s=14.0, width=0.3, stress_s=3,
    stress_factor=3.0, window_s=2, reference_s=6, recovery_s=10,
)  # fmt: skip
SCENARIO = """
from loadcell import HttpUser, task

class Visitor(HttpUser):
    @task
    def work(self):
        self.client.get("/work?slots=4&ms=20", name="/work")
"""
SERVED_PER_S = 200
"""What 4 slots of 20 ms deliver."""


def assess(folder: Path, url: str, model: str, most: float, *texts: str) -> tuple[dict[str, Any], TestSuite]:
    """The result document, and the JUnit file as a parser reads it."""
    scenario = folder / "locustfile.py"
    scenario.write_text(SCENARIO)
    rate = most if model == "open" else None
    config = RunConfig(
        scenario=str(scenario), host=url, users=int(most), rate=rate, effort="quick", runs_dir=folder / "runs"
    )
    objectives = [parse_objective(text) for text in texts]
    question = Question(model=model, objectives=objectives, schedule=SHORT, most=most)  # type: ignore[arg-type]
    quiet = {"on_output": lambda *_: None, "on_log": lambda *_: None}
    outcome = asyncio.run(Run(config, watch=lambda _: None, pilot=Pilot(question), **quiet).run())
    assert outcome.path is not None
    with RunReader.open(outcome.path) as reader:
        write_junit(reader, folder / "result.xml")
        (suite,) = JUnitXml.fromfile(str(folder / "result.xml"))
        return document(reader), suite


@pytest.mark.slow
@pytest.mark.timeout(180)
@pytest.mark.parametrize(("model", "most"), [("closed", 500), pytest.param("open", 250, marks=pytest.mark.verify)])
def test_capacity_breaking_point_and_recovery_of_a_service_whose_capacity_is_set(
    tmp_path: Path, model: str, most: float
) -> None:
    with target_server() as url:
        found, suite = assess(tmp_path, url, model, most, "p95 < 150ms", "error_rate < 1%", "recovery < 20s")
    capacity, breaking = found["capacity"], found["breaking_point"]
    load = "users" if model == "closed" else "rate"
    # Closed: 30 users without a pause wait 30 / 4 × 20 ms. Open: what is served, and not more.
    expected = 29 if model == "closed" else SERVED_PER_S
    assert capacity[load] == pytest.approx(expected, rel=0.15)
    assert capacity["rps"] == pytest.approx(SERVED_PER_S, rel=0.15)
    assert capacity["limited_by"] == "p95 < 150ms"
    assert breaking["sign"] == "latency"
    assert breaking[load] > capacity[load]
    assert found["recovery"]["state"] == "recovered"
    assert (found["verdict"], found["run"]["exit_code"]) == ("pass", 0)
    phases = [stage["phase"] for stage in found["stages"]]
    assert phases[0] == phases[-1] == "baseline"
    assert {"load", "search", "stress", "recovery"} <= set(phases)
    assert found["run"]["model"] == model
    told = {one.name: one.value for one in suite.properties()}
    assert float(told[f"capacity_{load}"]) == pytest.approx(capacity[load], rel=1e-5)
    assert told["breaking_point_sign"] == "latency"
    assert {case.name for case in suite if case.is_passed} == {case.name for case in suite}
    assert any("recovery < 20s" in case.name for case in suite)
