"""A real Prometheus scrapes a real run, and every panel of the dashboard finds its figures there."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from tests.integration.agents import Secrets, agent
from tests.integration.loadcell_command import RunningCommand, wait_until
from tests.integration.monitored import free_port, uvicorn
from tests.integration.postgres_server import postgres
from tests.integration.test_exports import address_of

pytestmark = [
    pytest.mark.verify,
    pytest.mark.skipif(shutil.which("prometheus") is None, reason="no prometheus is installed"),
]

MAIN = """
import os, time
from fastapi import FastAPI, HTTPException
from sqlalchemy import create_engine, text

app = FastAPI()
engine = create_engine(os.environ["SHOP_URL"], pool_size=3)

@app.get("/")
def ready():
    return "ok"

@app.get("/items/{number}")
def item(number: int):
    with engine.connect() as connection:
        return connection.execute(text("select pg_sleep(0.02), :number"), {"number": number}).one()[1]

@app.get("/broken")
async def broken():
    raise HTTPException(503)
"""
SCENARIO = """
import random
from loadcell import HttpUser, task

class Visitor(HttpUser):
    @task(4)
    def item(self):
        self.client.get(f"/items/{random.randrange(100)}", name="/items/[number]")

    @task
    def broken(self):
        self.client.get("/broken")
"""
CONFIG = """
global: {{scrape_interval: 1s, scrape_timeout: 900ms}}
scrape_configs:
  - job_name: loadcell
    static_configs: [{{targets: ["{target}"]}}]
{more}"""
CLOSED = """    scheme: https
    tls_config: {{ca_file: {authority}}}
    authorization: {{credentials_file: {token}}}
"""
DASHBOARD = json.loads(files("loadcell.exports").joinpath("dashboard.json").read_text(encoding="utf-8"))


@contextmanager
def prometheus(folder: Path, target: str, more: str = "") -> Iterator[str]:
    """A Prometheus that scrapes one target; the address of its API."""
    (folder / "prometheus.yml").write_text(CONFIG.format(target=target, more=more))
    address = f"127.0.0.1:{free_port()}"
    command = [
        "prometheus", f"--config.file={folder / 'prometheus.yml'}", f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address={address}",
    ]  # fmt: skip
    with (folder / "prometheus.log").open("w") as log, subprocess.Popen(command, stdout=log, stderr=log) as server:
        try:
            yield f"http://{address}/api/v1"
        finally:
            server.terminate()


def asked(api: str, path: str, **parameters: str) -> Any:
    try:
        with urllib.request.urlopen(f"{api}/{path}?{urllib.parse.urlencode(parameters)}", timeout=10) as answer:
            return json.load(answer)["data"]
    except OSError:
        return None


def found_by(api: str, expression: str) -> list[Any]:
    answer = asked(api, "query", query=expression)
    return answer["result"] if answer else []


def written_out(expression: str) -> str:
    """A panel's expression as Grafana sends it."""
    for variable, value in {"$__rate_interval": "5s", "$instance": ".*", "$entry": ".*"}.items():
        expression = expression.replace(variable, value)
    assert "$" not in expression
    return expression


@pytest.mark.timeout(300)
def test_every_panel_shows_something(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "main.py").write_text(MAIN)
    (tmp_path / "locustfile.py").write_text(SCENARIO)
    with postgres("wheel") as url:
        monkeypatch.setenv("SHOP_URL", url.replace("postgresql://", "postgresql+psycopg://"))
        running = RunningCommand(
            tmp_path,
            ["--app", "main:app", "--workers", "2", "-f", "locustfile.py", "--rate", "40", "-t", "120",
             "--postgres", url, "--metrics-port", "0", "--processes", "2"],
        )  # fmt: skip
        try:
            target = address_of(running).removeprefix("http://").removesuffix("/metrics")
            with prometheus(tmp_path, target) as api:
                wait_until(lambda: found_by(api, "loadcell_server_db_active"), "the database is seen", 60)
                wait_until(lambda: found_by(api, "rate(loadcell_errors_total[5s]) > 0"), "errors are seen", 60)
                expressions = [
                    (panel["title"], written_out(each["expr"]))
                    for panel in DASHBOARD["panels"]
                    for each in panel.get("targets", ())
                ]
                waited = time.monotonic()
                empty = expressions
                while empty and time.monotonic() - waited < 20:
                    empty = [(title, expression) for title, expression in empty if not found_by(api, expression)]
                assert not empty, "nothing is found for these"
                assert len(expressions) > 50
                for variable in DASHBOARD["templating"]["list"][1:]:
                    label = variable["definition"].rpartition(", ")[2].rstrip(")")
                    assert asked(api, f"label/{label}/values"), variable["name"]
                (health,) = asked(api, "targets")["activeTargets"]
                assert (health["health"], health["lastError"]) == ("up", "")
                same_as_the_run(api, running)
        finally:
            running.close()


def test_an_agent_that_is_closed_is_scraped(tmp_path: Path) -> None:
    secrets = Secrets.made(tmp_path, "127.0.0.1")
    with uvicorn(tmp_path) as (port, pid), agent(tmp_path, "--port", str(port), *secrets.for_agent) as running:
        more = CLOSED.format(authority=secrets.authority, token=secrets.token)
        with prometheus(tmp_path, running.place, more) as api:
            held = wait_until(lambda: found_by(api, "loadcell_reading_worker_cpu_ratio"), "it is scraped")
            assert held[0]["metric"]["worker"] == str(pid)
            assert found_by(api, "loadcell_server_host_cpu_ratio")


def same_as_the_run(api: str, running: RunningCommand) -> None:
    """What Prometheus holds at the end is what the run counted, but for the seconds after the last scrape."""
    running.interrupt()
    result = running.wait()
    requests = sum(counted[0] for counted in result.counts().values())
    (held,) = found_by(api, "sum(max_over_time(loadcell_requests_total[1m]))")
    assert 0.8 * requests <= float(held["value"][1]) <= requests
