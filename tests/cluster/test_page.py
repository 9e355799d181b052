"""The page, with a cluster behind it: several runs, one after another, on the same machines."""

from __future__ import annotations

from pathlib import Path

from tests.cli.served_page import page
from tests.cluster.machines import Machines, machines
from tests.cluster.service import Service
from tests.integration.loadcell_command import wait_until

SCENARIO = """
from loadcell import HttpUser, constant, task

class Visitor(HttpUser):
    wait_time = constant(0.1)

    @task
    def read(self):
        self.client.get("/read")
"""


def test_each_run_looks_at_the_machines_and_sends_the_scenario_anew(served: Service, tmp_path: Path) -> None:
    with (
        machines(tmp_path / "cluster", 2) as cluster,
        page(tmp_path / "page", "-H", served.url, "--cluster", cluster.address, scenario=SCENARIO) as opened,
    ):
        assert opened.post("/swarm", data={"user_count": "4", "spawn_rate": "4"}).json()["success"]
        wait_until(lambda: served.seen("/read"), "the first run", 30)
        assert opened.post("/stop").json()["success"]
        cluster.workers[0].kill()
        opened.shell.write("locustfile.py", SCENARIO.replace("/read", "/edited"))
        assert opened.post("/swarm", data={"user_count": "4", "spawn_rate": "4"}).json()["success"]
        wait_until(lambda: len(served.seen("/edited")) > 20, "the second run", 30)
        wait_until(lambda: opened.stats()["user_count"] == 4, "all users are there")
        assert opened.post("/stop").json()["success"]
        for worker in cluster.workers:
            worker.close()
        refused = opened.post("/swarm", data={"user_count": "4", "spawn_rate": "4"}).json()
        assert not refused["success"]
        assert "has no workers" in refused["message"]
        assert opened.end() == 0, opened.said()
        assert "Traceback" not in opened.said()


def test_one_run_after_another(cluster: Machines, served: Service, tmp_path: Path) -> None:
    words = ("-H", served.url, "--cluster", cluster.address, "--processes", "2")
    with page(tmp_path / "page", *words, scenario=SCENARIO) as opened:
        for number in (1, 2):
            answer = opened.post("/swarm", data={"user_count": "6", "spawn_rate": "6"})
            assert answer.json()["success"], answer.text
            wait_until(lambda: opened.stats()["user_count"] == 6, f"run {number} has all users", 30)
            wait_until(lambda: opened.stats()["stats"][0]["num_requests"] > 50, "it counts")
            assert opened.stats()["worker_count"] == 6
            assert opened.post("/stop").json()["success"]
            assert opened.stats()["state"] == "stopped"
        assert len(list((opened.shell.folder / ".loadcell/runs").glob("*.loadcell"))) == 2
        assert opened.end() == 0, opened.said()
        assert "Traceback" not in opened.said()
