"""Where else figures go: what is refused, and how."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

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


def test_an_address_that_is_not_of_this_machine(shell: Shell) -> None:
    shell.write("locustfile.py", SCENARIO)
    words = ("--metrics-port", "0", "--metrics-host", "203.0.113.7")
    refused(shell.run("-H", "http://127.0.0.1:9", "--headless", *words), "Metrics can't be served on 203.0.113.7:0: Cannot")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--metrics-port", "http"], "--metrics-port 'http' is not a port: give a number from 0 to 65535"),
        (["--metrics-port", "65536"], "--metrics-port '65536' is not a port"),
        (["--metrics-port", "0", "--metrics-host", "everywhere"], "--metrics-host 'everywhere' is not an address"),
        (["--metrics-host", "0.0.0.0"], "--metrics-host needs --metrics-port PORT"),
        (["--otlp", "127.0.0.1:4318"], "--otlp '127.0.0.1:4318' has no scheme: write http://127.0.0.1:4318"),
        (["--otlp", "https://otlp.example.com?key=1"], "has more than a path: keys are given in OTEL_EXPORTER_OTLP_HEADERS"),
    ],
)
def test_what_is_written_wrongly(shell: Shell, words: list[str], message: str) -> None:
    shell.write("locustfile.py", SCENARIO)
    refused(shell.run("-H", "http://127.0.0.1:9", "--headless", *words), message)


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("OTEL_EXPORTER_OTLP_HEADERS", "my-key-alone", "OTEL_EXPORTER_OTLP_METRICS_HEADERS can't be read."),
        ("OTEL_METRIC_EXPORT_INTERVAL", "soon", "OTEL_METRIC_EXPORT_INTERVAL='soon': is not a number of ms."),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "soon", "OpenTelemetry's environment variables can't be used: "),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "zip", "OpenTelemetry's environment variables can't be used: "),
    ],
)
def test_variables_that_cannot_be_read(shell: Shell, variable: str, value: str, message: str) -> None:
    shell.write("locustfile.py", SCENARIO)
    done = shell.run("-H", "http://127.0.0.1:9", "--headless", "--otlp", "http://127.0.0.1:9", **{variable: value})
    refused(done, message)
    assert "my-key" not in done.err


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
    assert "usage: loadcell dashboard" in shell.run("dashboard", "--help").out
