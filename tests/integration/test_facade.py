"""`loadcell.run` from real programs: plain, in a running event loop, stopped by Ctrl-C, written wrongly."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

APP = """
import asyncio
from fastapi import FastAPI

app = FastAPI()

@app.get("/items/{number}")
async def item(number: int):
    await asyncio.sleep(0.01)
    return {"id": number}
"""
SCENARIO = """
from loadcell import HttpUser, constant, task

class Visitor(HttpUser):
    wait_time = constant(0.05)

    @task
    def look(self):
        self.client.get("/items/7", name="/items/[id]")
"""
LOAD = 'app="service:app", users=4, spawn_rate=20, seconds=2'

OWN_USERS = f"""{SCENARIO}
import json, sys
import loadcell

seen = []
if __name__ == "__main__":
    result = loadcell.run(Visitor, {LOAD}, objectives=["p95 < 500ms", "p50 < 1ms"], watch=seen.append)
    passed = [one["passed"] for one in result.objectives]
    print(json.dumps([result.verdict, result.exit_code, passed, result.total["failures"], result.entries[0]["name"]]))
    print(len(seen) >= 2, result.path.exists(), "gevent" in sys.modules)
else:
    print("loaded where the load is made")
"""
WRONG = """
import loadcell
try:
    loadcell.{call}
except BaseException as error:
    print(f"{{type(error).__name__}}: {{error}}")
    raise SystemExit(error.exit_code)
"""


@pytest.fixture
def program(tmp_path: Path) -> Callable[[str], subprocess.Popen[str]]:
    """Starts a Python program in a folder with a service and a scenario."""
    (tmp_path / "service.py").write_text(APP)
    (tmp_path / "locustfile.py").write_text(SCENARIO)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LOCUST_", "LOADCELL_"))}

    def start(text: str) -> subprocess.Popen[str]:
        (tmp_path / "program.py").write_text(text)
        return subprocess.Popen(
            [sys.executable, "program.py"],
            cwd=tmp_path,
            env={**kept, "HOME": str(tmp_path)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start


Program = Callable[[str], "subprocess.Popen[str]"]


def test_a_program_with_its_own_users(program: Program) -> None:
    """The class is written in the program itself; its objectives are judged, and nothing but the result comes back."""
    done = program(OWN_USERS)
    out, err = done.communicate(timeout=60)
    assert out.splitlines() == [
        "loaded where the load is made",
        '["fail", 99, [true, false], 0, "/items/[id]"]',
        "True True False",
    ], err
    assert err == ""


def test_a_loop_that_is_running_as_in_a_notebook(program: Program) -> None:
    done = program(f"""
import asyncio
import loadcell

async def cell():
    return loadcell.run("locustfile.py", {LOAD})

result = asyncio.run(cell())
print(result.passed, result.document["run"]["command"])
""")
    out, err = done.communicate(timeout=60)
    assert out.startswith("True loadcell run --app service:app --users 4"), err


def test_ctrl_c_ends_the_run_and_its_file_is_complete(program: Program) -> None:
    text = """
import loadcell

def watch(progress):
    if progress.totals.requests:
        print("under way", flush=True)

try:
    loadcell.run("locustfile.py", app="service:app", users=2, watch=watch)
except KeyboardInterrupt:
    result = loadcell.open_run()
    print(result.document["run"]["state"], result.total["requests"] > 0)
"""
    with program(text) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "under way\n"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert out.splitlines()[-1] == "finished True", err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        ("run('nowhere.py')", "ScenarioError: There is no file nowhere.py."),
        ("run('locustfile.py', users=0)", "ConfigError: --users '0' must be at least 1"),
        ("run('locustfile.py', app='service:nothing', seconds=1)", "ServiceError: service:nothing ended with exit code"),
        ("run('locustfile.py', host='http://192.0.2.1', seconds=1)", "UsageError: 192.0.2.1"),
        ("run('program.py', host='http://127.0.0.1:9', seconds=1)", "UsageError: loadcell.run() was called in a process"),
    ],
)
def test_mistakes_are_one_sentence(program: Program, call: str, sentence: str) -> None:
    done = program(WRONG.format(call=call))
    out, err = done.communicate(timeout=60)
    assert out.startswith(sentence), (out, err)
    assert done.returncode == 2
    assert "Traceback" not in err
