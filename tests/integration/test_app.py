"""A real application that is started, answers, dies, never answers, and is stopped."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import textwrap
import urllib.request
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from loadcell.clock import ManualClock
from loadcell.errors import EXIT_USAGE, ServiceError
from loadcell.monitors.probe import Probe
from loadcell.service.app import App
from tests.integration.loadcell_command import wait_until
from tests.integration.monitored import opened, sights, values

pytest.importorskip("uvicorn")
pytest.importorskip("fastapi")

MAIN = """
import importlib.util, os, subprocess, sys
from fastapi import FastAPI
import beside

app = FastAPI()

@app.get("/")
async def root():
    return {
        "pid": os.getpid(),
        "folder": os.getcwd(),
        "asked": os.environ.get("ASKED"),
        "path": [entry for entry in sys.path if entry],
    }

@app.get("/child")
def child():
    return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]).pid

@app.get("/slow")
async def slow():
    import asyncio
    print("it has begun", flush=True)
    await asyncio.sleep(600)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "main.py").write_text(MAIN)
    (tmp_path / "beside.py").touch()
    return tmp_path


@contextmanager
def running(app: App) -> Iterator[App]:
    app.start()
    try:
        yield app
    finally:
        app.stop()


def get(app: App, path: str = "/") -> Any:
    with urllib.request.urlopen(app.url + path, timeout=30) as answer:
        return json.load(answer)


def processes_of(app: App) -> list[psutil.Process]:
    group = os.getpgid(app.pid)
    return [each for each in psutil.process_iter() if _group_of(each.pid) == group]


def _group_of(pid: int) -> int | None:
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return None


def gone(processes: list[psutil.Process]) -> bool:
    return not any(each.is_running() and each.status() != psutil.STATUS_ZOMBIE for each in processes)


def failure_of(app: App) -> ServiceError:
    with pytest.raises(ServiceError) as caught:
        app.start()
    assert caught.value.exit_code == EXIT_USAGE
    assert "\n" not in caught.value.message
    assert not app.probe_dir.parent.exists()
    return caught.value


def test_it_answers_is_seen_by_the_probe_and_leaves_nothing(folder: Path) -> None:
    app = App("main:app", folder=folder, environment={**os.environ, "ASKED": "so"})
    with running(app):
        answer = get(app)
        assert (answer["pid"], answer["folder"], answer["asked"]) == (app.pid, str(folder), "so")
        assert stat.S_IMODE(app.probe_dir.stat().st_mode) == stat.S_IMODE(app.probe_dir.parent.stat().st_mode) == 0o700
        with opened(Probe(app.probe_dir)) as monitor:
            get(app)
            assert values(sights(monitor), "requests_finished")[str(app.pid)] > 0
        left = [*processes_of(app), psutil.Process(get(app, "/child"))]
        assert app.exit_code is None
        assert "Application startup complete" in app.output
        private = app.probe_dir.parent
    wait_until(lambda: gone(left), "all are gone")
    assert not private.exists()
    app.stop()


def test_of_loadcell_only_the_probe_is_on_its_path(folder: Path) -> None:
    with running(App("main:app", folder=folder)) as app:
        found = {
            name for entry in get(app)["path"] if entry.startswith(str(app.probe_dir.parent)) for name in os.listdir(entry)
        }
        assert found == {"loadcell_probe"}


def test_several_workers_are_there_when_it_is_ready(folder: Path) -> None:
    with running(App("main:app", 2, folder=folder)) as app:
        workers = {int(path.stem) for path in app.probe_dir.glob("*.sock")}
        assert len(workers) == 2
        assert app.pid not in workers
        assert get(app)["pid"] in workers
        left = processes_of(app)
        assert workers < {each.pid for each in left}
    wait_until(lambda: gone(left), "all are gone")


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize(
    ("spec", "cause"),
    [
        ("broken:app", "ModuleNotFoundError: No module named 'missing_library'"),
        ("absent:app", "ModuleNotFoundError: No module named 'absent'"),
        ("main:other", 'ImportError: Attribute "other" not found in module "main".'),
        ("startup:app", "RuntimeError: there is no database"),
    ],
)
def test_one_that_cannot_be_started_is_told_with_what_it_wrote(folder: Path, spec: str, cause: str, workers: int) -> None:
    (folder / "broken.py").write_text("import missing_library")
    (folder / "startup.py").write_text(
        textwrap.dedent("""
            from contextlib import asynccontextmanager
            from fastapi import FastAPI

            @asynccontextmanager
            async def lifespan(app):
                raise RuntimeError("there is no database")
                yield

            app = FastAPI(lifespan=lifespan)
        """)
    )
    error = failure_of(App(spec, workers, folder=folder))
    assert error.message.startswith(f"{spec} ")
    assert error.message.endswith(f": {cause}")
    assert str(folder) in error.hint
    assert f"    {cause}" in error.hint.splitlines()


class HastyClock(ManualClock):
    """Time that passes with each look at it."""

    def monotonic(self) -> float:
        self.advance(1.0)
        return super().monotonic()


@pytest.mark.parametrize("workers", [1, 2])
def test_one_that_never_listens_is_given_up(folder: Path, workers: int) -> None:
    (folder / "idle.py").write_text("import time\nprint('waiting for the database', flush=True)\ntime.sleep(600)")
    app = App("idle:app", workers, folder=folder, patience_s=100, clock=HastyClock())
    error = failure_of(app)
    assert error.message == "idle:app took no connection within 100 s"
    assert app.exit_code is not None
    assert "    waiting for the database" in error.hint.splitlines()


def test_one_that_does_not_end_in_good_order_is_ended(folder: Path) -> None:
    with running(App("main:app", folder=folder)) as app:
        request = subprocess.Popen(
            [sys.executable, "-c", f"import urllib.request as u; u.urlopen('{app.url}/slow')"], stderr=-3
        )
        wait_until(lambda: "it has begun" in app.output, "a request is under way")
        left = processes_of(app)
        app.stop(0.2)
        request.wait(30)
    wait_until(lambda: gone(left), "all are gone")


def test_nothing_survives_the_one_who_started_it(folder: Path) -> None:
    program = textwrap.dedent(f"""
        from pathlib import Path
        from loadcell.service.app import App
        app = App("main:app", 2, folder=Path({str(folder)!r}))
        app.start()
        print(app.pid, app.probe_dir, flush=True)
        import time; time.sleep(600)
    """)
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        pid, _, probe_dir = starter.stdout.readline().strip().partition(" ")
        group = os.getpgid(int(pid))
        left = [each for each in psutil.process_iter() if _group_of(each.pid) == group]
        assert len(left) >= 4
        starter.send_signal(signal.SIGKILL)
    wait_until(lambda: gone(left), "all are gone")
    assert not Path(probe_dir).parent.exists()


def test_an_interpreter_without_uvicorn(folder: Path) -> None:
    venv.create(folder / "other", with_pip=False)
    python = str(folder / "other" / "bin" / "python")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    error = failure_of(App("main:app", folder=folder, python=python, environment=environment))
    assert error.message == f"{python} has no uvicorn, which main:app is started with"
    assert "--app-python" in error.hint


def test_what_was_named_wrongly_is_told_before_anything_starts(folder: Path) -> None:
    for spec in ("main", "main:", ":app", ""):
        with pytest.raises(ServiceError, match=f"as module:app, not '{spec}'"):
            App(spec)
    with pytest.raises(ServiceError, match="There is no interpreter nowhere/python"):
        App("main:app", folder=folder, python="nowhere/python").start()
    with pytest.raises(ServiceError, match=r"can't be started in .*/absent: No such file or directory"):
        App("main:app", folder=folder / "absent").start()
