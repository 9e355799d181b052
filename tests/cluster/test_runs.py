"""Runs on a real cluster of three workers: that they are what they would be on one machine, and what travels there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.cluster.machines import Machines, machines
from tests.cluster.service import Service
from tests.integration.loadcell_command import Command, Result, wait_until

CLOSED = """
from locust import HttpUser, constant_pacing, events, task

@events.init.add_listener
def _(environment, **kw):
    print("heard: init", type(environment.runner).__name__, getattr(environment.runner, "worker_index", None), flush=True)

@events.test_start.add_listener
def _(environment, **kw):
    print("heard: start", type(environment.runner).__name__, flush=True)

class Common(HttpUser):
    weight = 3
    wait_time = constant_pacing(0.1)

    @task
    def look(self):
        self.client.get("/common")

class Rare(HttpUser):
    weight = 1
    wait_time = constant_pacing(0.1)

    @task
    def look(self):
        self.client.get("/rare")

class Admin(HttpUser):
    fixed_count = 2
    wait_time = constant_pacing(0.1)

    @task
    def look(self):
        self.client.get("/admin")
"""
OPEN = """
from locust import HttpUser, task

class Visitor(HttpUser):
    @task(3)
    def look(self):
        self.client.get("/look")

    @task(1)
    def buy(self):
        self.client.post("/buy")
"""


def seen(service: Service) -> Counter[str]:
    return Counter(one.path for one in service.seen() if one.path != "/up")


def assert_conserved(result: Result, service: Service, before: Counter[str] | None = None) -> None:
    """What the run counted is what the service wrote down since, path by path."""
    there = seen(service) - (before or Counter())
    counts = result.counts()
    assert counts.keys() == there.keys()
    for path, (requests, failures, interrupted) in counts.items():
        assert failures == 0
        assert requests <= there[path] <= requests + interrupted


def test_a_closed_load_is_that_of_one_machine(
    cluster: Machines, served: Service, command: Command, tmp_path_factory: pytest.TempPathFactory
) -> None:
    load = ("-u", "14", "-r", "100", "-t", "5s")
    here = Command(tmp_path_factory.mktemp("here"), served.url)
    alone = here.run(CLOSED, *load, "--processes", "6")
    before = seen(served)
    result = command.run(CLOSED, *load, "--cluster", cluster.address, "--processes", "2")
    assert result.code == alone.code == 0, result.err
    assert_conserved(result, served, before)
    users = result.users_by_class()
    assert users[2] == alone.users_by_class()[2] == {"Admin": 2, "Common": 9, "Rare": 3}
    for path, count in (seen(served) - before).items():
        assert count == pytest.approx(before[path], rel=0.05, abs=3)
    # Each user makes ten requests a second, whoever carries it: 14 users for 5 s, the last of them from 0.14 s on.
    assert sum((seen(served) - before).values()) == pytest.approx(14 * 10 * 5, rel=0.05)
    assert Counter(result.heard()) == Counter(alone.heard())
    with result.reader() as reader:
        assert (reader.facts.nodes, reader.facts.generators) == (3, 6)
        assert len(reader.facts.environment["generator"]["nodes"]) == 3
        # Each second once: the lead's, which is elsewhere, is in it.
        assert {count for (count,) in reader._rows("SELECT count(*) FROM intervals GROUP BY second")} == {1}
        assert "lead" in {one.generator for one in reader.health()}
    hooks = Counter(result.heard())
    assert hooks["init MasterRunner -1"] == hooks["start MasterRunner"] == 1
    assert sorted(one for one in hooks if one.startswith("init Worker")) == [f"init WorkerRunner {n}" for n in range(6)]
    assert hooks["start WorkerRunner"] == 6


def test_an_open_load_is_that_of_one_machine(cluster: Machines, served: Service, command: Command) -> None:
    plan = ("--rate", "60", "-t", "5s")
    result = command.run(OPEN, *plan, "--cluster", cluster.address)
    assert result.code == 0, result.err
    assert_conserved(result, served)
    with result.reader() as reader:
        due = sum(row[0] for row in reader._rows("SELECT due FROM starts"))
        assert due == 300
    assert sum(seen(served).values()) == pytest.approx(300, abs=3)


def test_what_the_scenario_needs_travels(
    cluster: Machines, served: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_TOKEN", "of-this-machine")
    monkeypatch.setenv("UNRELATED", "stays-here")
    project = tmp_path / "project"
    for path, text in {
        "load/locustfile.py": """
import csv, json, os, sys
from pathlib import Path
from locust import HttpUser, constant, task
import beside
from shared.names import NAME
HERE = Path(__file__).parent
class Visitor(HttpUser):
    wait_time = constant(0.1)
    @task
    def look(self):
        rows = list(csv.reader(open("data/users.csv")))
        found = json.loads((HERE / "bodies" / "order.json").read_text())
        elsewhere = "/project/" not in os.getcwd() or "loadcell-" in os.getcwd()
        self.client.get(
            "/" + "-".join([beside.NAME, NAME, rows[1][0], found["item"], os.environ["SHOP_TOKEN"],
            os.environ.get("UN" + "RELATED", "none"), str(elsewhere), *sys.argv[-2:]])
        )
""",
        "load/beside.py": "NAME = 'beside'",
        "load/bodies/order.json": '{"item": "cup"}',
        "shared/__init__.py": "",
        "shared/names.py": "from .deeper import NAME",
        "shared/deeper.py": "NAME = 'shared'",
        "data/users.csv": "name\nanna\n",
        "unrelated/big.bin": "x" * 1000,
        ".venv/pyvenv.cfg": "",
    }.items():
        (project / path).parent.mkdir(parents=True, exist_ok=True)
        (project / path).write_text(text)
    words = ["run", "--headless", "-f", "load/locustfile.py", "-H", served.url, "-u", "3", "-r", "9", "-t", "3s"]
    done = subprocess.run(
        [sys.executable, "-m", "loadcell", *words, "--cluster", cluster.address],
        cwd=project,
        env={**os.environ, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert set(seen(served)) == {f"/beside-shared-anna-cup-of-this-machine-none-True---cluster-{cluster.address}"}


def test_what_a_scenario_raises_is_one_thing_on_all_machines(cluster: Machines, served: Service, command: Command) -> None:
    scenario = OPEN.replace('self.client.post("/buy")', 'raise RuntimeError("nothing to buy")')
    result = command.run(scenario, "--rate", "40", "-t", "3s", "--cluster", cluster.address)
    with result.reader() as reader:
        (raised,) = reader.exceptions()
    assert str(command.folder / "locustfile.py") in raised.traceback
    assert "loadcell-" not in raised.traceback


def test_what_a_machine_lacks_is_named_before_the_start(cluster: Machines, served: Service, command: Command) -> None:
    # Here it is installed, on the workers not: their processes were started before it was.
    package = command.folder / "elsewhere"
    (package / "notthere").mkdir(parents=True)
    (package / "notthere" / "__init__.py").write_text("")
    scenario = "import notthere\n" + OPEN
    (command.folder / "locustfile.py").write_text(scenario)
    done = subprocess.run(
        [sys.executable, "-m", "loadcell", "run", "--headless", "-H", served.url, "-t", "1s", "--cluster", cluster.address],
        cwd=command.folder,
        env={**os.environ, "PYTHONPATH": str(package), "HOME": str(command.folder)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.count("lacks notthere: install it there.") == 3, done.stderr
    assert "Traceback" not in done.stderr
    assert seen(served) == {}


def test_secrets_of_the_command_line_do_not_travel(cluster: Machines, served: Service, command: Command) -> None:
    scenario = OPEN.replace("from locust", "import sys\nprint('heard:', *sys.argv[-6:], flush=True)\nfrom locust")
    words = ("--cluster", cluster.address, "--nodes", "1", "--postgres", "postgresql://shop:secret@127.0.0.1:1/shop")
    result = command.run(scenario, "--rate", "20", "-t", "1s", *words)
    assert result.heard() == [f"--cluster {cluster.address} --nodes 1 --postgres ***"]


def test_what_is_silent_is_told_by_its_name(served: Service, command: Command, tmp_path: Path) -> None:
    with machines(tmp_path / "still", 2) as still:
        still.workers[1].stand_still()
        address = still.workers[1].said(r"Start worker at:\s+(\S+)")
        try:
            result = command.run(OPEN, "--rate", "20", "-t", "1s", "--cluster", still.address)
        finally:
            still.workers[1].go_on()
    assert result.code == 2
    assert f"{address} did not answer within 20 s: is it still there?" in result.err
    assert "has Python" not in result.err


def test_files_that_a_scenario_writes_are_told_of(cluster: Machines, served: Service, command: Command) -> None:
    scenario = OPEN.replace('self.client.post("/buy")', 'open("written.txt", "a").write("x")')
    result = command.run(scenario, "--rate", "40", "-t", "2s", "--cluster", cluster.address, "--nodes", "1")
    assert "the scenario has left files there, in " in result.err
    folder = Path(result.err.split("left files there, in ")[1].split()[0])
    assert list(folder.rglob("written.txt"))


def test_ctrl_c_ends_a_run_on_a_cluster_of_its_own_in_good_order(served: Service, command: Command) -> None:
    (command.folder / "locustfile.py").write_text(OPEN)
    process = subprocess.Popen(
        [sys.executable, "-m", "loadcell", "run", "--headless", "-H", served.url, "--rate", "30", "--cluster", "local:2"],
        cwd=command.folder,
        env={**os.environ, "HOME": str(command.folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        wait_until(lambda: len(seen(served)) == 2 and sum(seen(served).values()) > 50, "the load is there")
        # As a terminal does it: to every process of the group.
        os.killpg(process.pid, 2)
        _, err = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode == 0, err
    assert "Traceback" not in err
    assert "was lost" not in err
    result = Result(process.returncode, "", err, command.folder)
    assert_conserved(result, served)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--cluster", "tcp://127.0.0.1:1"], "No Dask scheduler can be reached at tcp://127.0.0.1:1"),
        (["--cluster", "here"], "--cluster 'here' is no address of a Dask scheduler: write tcp://HOST:8786"),
        (["--cluster", "local:none"], "--cluster 'local:none' is no number of workers: write local:3"),
        (["--nodes", "3"], "--nodes needs --cluster ADDRESS"),
        (["--on-node-loss", "stop"], "--on-node-loss needs --cluster ADDRESS"),
        (["--cluster", "local:1", "--on-node-loss", "cry"], "--on-node-loss 'cry' is neither rebalance nor stop"),
        (["--master"], "--master: one command runs all: --processes N on this machine, --cluster tcp://HOST:8786 on many"),
        (["--worker"], "--worker: 'dask worker tcp://HOST:8786' makes a machine a worker that a run with --cluster uses"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(words: list[str], told: str, command: Command) -> None:
    result = command.run(OPEN, "-t", "1s", *words)
    assert result.code == 2
    assert told in result.err
    assert "Traceback" not in result.err


def test_a_dry_run_says_where_the_load_would_come_from(command: Command) -> None:
    result = command.run(OPEN, "--rate", "20", "--dry-run", "--cluster", "tcp://load1:8786", "--processes", "2")
    assert result.code == 0, result.err
    assert "2 processes on each worker of tcp://load1:8786" in result.out


def test_the_document_names_the_machines(cluster: Machines, served: Service, command: Command) -> None:
    result = command.run(OPEN, "--rate", "20", "-t", "2s", "--cluster", cluster.address, "--json", "result.json")
    assert result.code == 0, result.err
    document = json.loads((command.folder / "result.json").read_text())
    assert (document["run"]["nodes"], document["run"]["generators"]) == (3, 3)
    nodes = document["environment"]["generator"]["nodes"]
    assert all({"address", "cores", "python", "processes"} <= set(facts) for facts in nodes.values())
    assert "Machines: " in result.err
