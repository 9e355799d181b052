"""A `loadcell` that serves its page, and how scripts talk to it."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.cli.conftest import Shell, shell_in
from tests.integration.loadcell_command import wait_until

SCENARIO = """
from loadcell import HttpUser, constant, events, task

@events.init_command_line_parser.add_listener
def more(parser):
    parser.add_argument("--colour", default="red")

class Visitor(HttpUser):
    wait_time = constant(0.1)

    @task
    def read(self):
        self.client.get(f"/status/200?{self.environment.parsed_options.colour}", name="/read")

class Other(HttpUser):
    wait_time = constant(0.1)

    @task
    def other(self):
        self.client.get("/status/404", name="/other")
"""


@dataclass
class Open:
    """A page that is served."""

    url: str
    process: subprocess.Popen[str]
    shell: Shell

    def get(self, path: str, **options: Any) -> httpx.Response:
        return httpx.get(self.url + path, timeout=30, **options)

    def post(self, path: str, **options: Any) -> httpx.Response:
        return httpx.post(self.url + path, timeout=30, **options)

    def stats(self) -> dict[str, Any]:
        found: dict[str, Any] = self.get("/stats/requests").json()
        return found

    def said(self) -> str:
        return (self.shell.folder / "said").read_text()

    def end(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(30)


@contextmanager
def page(tmp_path: Path, *words: str, scenario: str = SCENARIO, beside: Path | None = None, **env: str) -> Iterator[Open]:
    """The page of a scenario, in a folder and a home of its own; `beside` is a folder that is to lie beside it."""
    tmp_path.mkdir(exist_ok=True)
    shell = shell_in(tmp_path)
    shell.write("locustfile.py", scenario)
    if beside is not None:
        shutil.copytree(beside, shell.folder / beside.name)
    said = shell.folder / "said"
    environment = {name: value for name, value in shell.env.items() if name != "LOCUST_HEADLESS"} | env
    with said.open("w") as output:
        command = [sys.executable, "-m", "loadcell", "-f", "locustfile.py", "--web-port", "0", *words]
        process = subprocess.Popen(command, cwd=shell.folder, env=environment, stdout=output, stderr=output, text=True)
    try:
        wait_until(lambda: "the page: " in said.read_text() or process.poll() is not None, "it is served")
        found = re.search(r"the page: (\S+)", said.read_text())
        assert found, said.read_text()
        yield Open(found[1], process, shell)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
