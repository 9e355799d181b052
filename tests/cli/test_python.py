"""`loadcell python`: a script that uses Locust as a library."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SCRIPT = """
import socket, sys
from locust import User, constant, task
from locust.env import Environment
import gevent

class Idle(User):
    wait_time = constant(1)

    @task
    def nothing(self):
        self.environment.events.request.fire(request_type="X", name="x", response_time=1, response_length=0)

runner = Environment(user_classes=[Idle]).create_local_runner()
runner.start(3, spawn_rate=100)
gevent.spawn_later(0.5, runner.quit)
runner.greenlet.join()
print(runner.stats.total.num_requests, sys.argv[1:], socket.socket.__module__)
sys.exit(7)
"""


def python(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "loadcell", "python", *words],
        cwd=folder,
        env={"HOME": str(folder), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=40,
    )


def test_a_script_has_locust_from_its_first_line_and_its_own_exit_code(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(SCRIPT)
    done = python(tmp_path, "script.py", "--its", "own")
    assert (done.stdout, done.returncode) == ("3 ['--its', 'own'] gevent._socket3\n", 7), done.stderr


def test_a_module(tmp_path: Path) -> None:
    (tmp_path / "tool.py").write_text("import locust, sys; print(locust.__version__, sys.argv[1:])")
    assert python(tmp_path, "-m", "tool", "a").stdout == "2.47.0 ['a']\n"


def test_no_script(tmp_path: Path) -> None:
    assert python(tmp_path).returncode == 2
    done = python(tmp_path, "nothing.py")
    assert (done.returncode, "no file nothing.py" in done.stderr) == (2, True)
    assert "usage: loadcell python SCRIPT" in python(tmp_path, "--help").stdout
