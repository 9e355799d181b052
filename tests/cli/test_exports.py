"""Where else figures go: what is refused, and how."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.cli.conftest import Done, Shell

SCENARIO = """
from loadcell import HttpUser, task

class Visitor(HttpUser):
    @task
    def read(self):
        self.client.get("/ok")
"""


def refused(done: Done, *pieces: str) -> None:
    assert done.code == 2, done
    assert "Traceback" not in done.err
    for piece in pieces:
        assert piece in done.err


def test_a_port_that_is_taken(shell: Shell) -> None:
    shell.write("locustfile.py", SCENARIO)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = shell.run("-H", "http://127.0.0.1:9", "-t", "1", "--headless", "--metrics-port", str(port))
    refused(done, f"error: Metrics can't be served on 127.0.0.1:{port}: Address already in use.", "0 takes a free one")
    assert not (shell.folder / ".loadcell").exists() or not list((shell.folder / ".loadcell/runs").glob("*.loadcell"))


def test_without_opentelemetry(shell: Shell) -> None:
    shell.write("locustfile.py", SCENARIO)
    program = (
        "import sys; sys.modules['opentelemetry'] = None\n"
        "from loadcell.cli.main import main\n"
        "sys.exit(main(['run', '-H', 'http://127.0.0.1:9', '--headless', '--otlp', 'http://127.0.0.1:9']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=shell.folder, env=dict(shell.env), capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "error: --otlp needs OpenTelemetry, which is not installed.",
        "  Install it with: pip install 'loadcell[otel]'",
    ]


def test_the_dashboard_is_printed(shell: Shell) -> None:
    done = shell.run("dashboard")
    assert (done.code, done.err) == (0, "")
    assert json.loads(done.out)["title"] == "Loadcell"
    refused(shell.run("dashboard", "grafana"), "'dashboard' takes no words, such as 'grafana'.")
