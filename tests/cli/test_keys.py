"""Keys that are pressed in the terminal while a run lasts."""

from __future__ import annotations

import os
import pty
import sys
import time
from pathlib import Path

from loadcell.store import RunReader

SCENARIO = """
from locust import User, constant, task

class Idle(User):
    wait_time = constant(0.1)

    @task
    def nothing(self):
        self.environment.events.request.fire(request_type="X", name="x", response_time=1, response_length=0)
"""


def test_keys_add_users_and_take_them_away(tmp_path: Path) -> None:
    (tmp_path / "locustfile.py").write_text(SCENARIO)
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(tmp_path)
        environment = {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "TERM": "xterm", "COLUMNS": "100"}
        os.execve(
            sys.executable, [sys.executable, "-m", "loadcell", "--headless", "-u", "2", "-r", "20", "-t", "4"], environment
        )
    pressed = [b"W", b"s"]
    due = None
    deadline = time.monotonic() + 40
    while time.monotonic() < deadline:
        try:
            shown = os.read(terminal, 1 << 16)
        except OSError:
            break  # The command has ended.
        now = time.monotonic()
        if due is None and b"requests" in shown:
            due = now
        if due is not None and pressed and now >= due:
            os.write(terminal, pressed.pop(0))
            due = now + 1
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    (path,) = (tmp_path / ".loadcell" / "runs").glob("*.loadcell")
    with RunReader.open(path) as reader:
        changes = [event.data["users"] for event in reader.events() if event.kind == "load_changed"]
        users = list(reader.users().values())
    assert changes == [12, 11]
    assert max(users) >= 11
