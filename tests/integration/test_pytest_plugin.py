"""The fixture `loadtest` in a real run of pytest, against a real application."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

APP = """
import asyncio
from fastapi import FastAPI

app = FastAPI()

@app.get("/items/{number}")
async def item(number: int):
    await asyncio.sleep(0.01)
    return {"id": number}

@app.get("/broken")
async def broken():
    raise RuntimeError("out of lamps")
"""
SCENARIO = """
from loadcell import HttpUser, constant, task

class Visitor(HttpUser):
    wait_time = constant(0.05)

    @task
    def look(self):
        self.client.get("/items/7", name="/items/[id]")
"""
CONFIGURATION = """
[pytest]
pythonpath = src
loadtest_app = service:app
loadtest_users = 4
loadtest_seconds = 2
"""
TESTS = f"""
import sys
import pytest
from service import app
{SCENARIO}
class Unlucky(Visitor):
    @task
    def fail(self):
        self.client.get("/broken")

def test_kept(loadtest, pytestconfig):
    result = loadtest("service:app", scenario="scenario.py", users=6, objectives=["p95 < 2s", "error_rate < 1%"])
    assert result.verdict == "pass"
    assert result.document["run"]["users"] == 6
    assert result.path.parent == pytestconfig.rootpath / ".loadcell/runs"
    assert "gevent" not in sys.modules

def test_missed_by_users_of_this_file(loadtest):
    loadtest(scenario=Visitor, spawn_rate=100, seconds=1, objectives=["p95 < 2s", "p50 < 1ms"])

def test_a_request_failed(loadtest):
    loadtest(scenario=Unlucky, spawn_rate=100, seconds=1)

def test_nothing_was_judged(loadtest):
    loadtest(scenario=Visitor, spawn_rate=100, seconds=1, objectives="recovery < 30s")

def test_mistake(loadtest):
    loadtest("service:nothing", scenario=Visitor)
"""

OTHER_TESTS = """
def test_configured(loadtest):
    assert loadtest(seconds=1).entries[0]["name"] == "/items/[id]"

def test_several_files_beside_the_test(loadtest):
    loadtest(scenario="scenario.py, other.py", seconds=1)

def test_no_request(loadtest):
    loadtest(scenario="silent.py", seconds=1)

def test_no_such_keyword(loadtest):
    loadtest(user=3)

def test_a_service_that_speaks_to_the_runner(loadtest):
    loadtest("talkative:app")
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, text in {
        "src/service.py": APP,
        "tests/scenario.py": SCENARIO,
        "tests/test_load.py": TESTS,
        "pytest.ini": CONFIGURATION,
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def run_pytest(folder: Path, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    left_out = ("LOCUST_", "LOADCELL_", "PYTEST_", "PYTHONPATH")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(left_out)} | env
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--timeout=60", *words]
    return subprocess.run(
        command, cwd=folder, env={**kept, "HOME": str(folder)}, capture_output=True, text=True, check=False, timeout=100
    )


def test_objectives_decide_in_workers_side_by_side(project: Path) -> None:
    done = run_pytest(project, "-n", "2", "--junitxml=results.xml")
    assert "4 failed, 1 passed" in done.stdout, done.stdout + done.stderr
    # The reason comes first, for the short summary shows one line; then the tables, and no line of ours or of the test.
    missed = next(line for line in done.stdout.splitlines() if line.startswith("FAILED") and "missed_by" in line)
    assert "Failed: p50 <" in missed
    assert re.search(r"p50 < 1ms: it was \d\d[.\d]* ms", done.stdout)
    assert "1 of 2 objectives was missed" in done.stdout
    assert "requests failed" in done.stdout
    assert "recovery < 30s: " in done.stdout
    # Where CI is set, pytest's short summary repeats a reason in full: what is counted stands before it.
    told = done.stdout.partition("short test summary info")[0]
    assert told.count("service:nothing ended with exit code 1 before it took a connection: ImportError") == 1
    assert "another exception" not in done.stdout
    assert "pytest_plugin.py" not in done.stdout
    assert len(list((project / ".loadcell/runs").glob("*.loadcell"))) == 4
    kept = ET.parse(project / "results.xml").find(".//testcase[@name='test_kept']/properties")
    assert kept is not None
    assert float({one.get("name"): one.get("value") for one in kept}["loadtest_p95_ms"] or 0) > 10


def test_files_around_it_and_what_a_job_is_told(project: Path) -> None:
    for name, text in {
        "tests/test_load.py": OTHER_TESTS,
        "tests/other.py": SCENARIO.replace("Visitor", "Other"),
        "tests/silent.py": SCENARIO.replace("self.client", "self.environment.runner.quit() or self.client"),
        "src/talkative.py": "print('::add-mask::e')\nraise RuntimeError('no\\n::error::owned ##[error]owned')\n",
        "loadcell.toml": 'locustfile = "tests/scenario.py"\nhost = "http://127.0.0.1:9"\n',
    }.items():
        (project / name).write_text(text)
    done = run_pytest(project, "-p", "no:xdist", "--junitxml=results.xml", GITHUB_ACTIONS="true", CI="true")
    assert "3 failed, 2 passed" in done.stdout, done.stdout + done.stderr
    assert "TypeError: loadtest() has no argument 'user'; did you mean users?" in done.stdout
    assert "keywords.py" not in done.stdout
    assert "    :\u200b:error::owned ##\u200b[error]owned" in done.stdout.splitlines()
    assert not [line for line in done.stdout.splitlines() if line.strip().startswith("::") or "##[" in line]
    assert 'value="None"' not in (project / "results.xml").read_text()


def test_nothing_of_a_run_is_imported_before_the_first_load_test(project: Path) -> None:
    """The plugin is loaded wherever Loadcell is installed."""
    (project / "tests/test_load.py").write_text(
        "import sys\n\ndef test_light():\n    assert not [name for name in sys.modules if name.startswith('loadcell.')"
        " and name != 'loadcell.pytest_plugin']\n"
    )
    done = run_pytest(project)
    assert "1 passed" in done.stdout, done.stdout
    assert "loadtest" in run_pytest(project, "--fixtures").stdout
