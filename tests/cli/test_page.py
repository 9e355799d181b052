"""The page as scripts use it: those that were written for Locust's, and our own."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.cli.conftest import shell_in
from tests.cli.served_page import SCENARIO, page
from tests.integration.loadcell_command import wait_until
from tests.target.launch import target_server


@pytest.fixture(scope="module")
def target() -> Iterator[str]:
    with target_server() as url:
        yield url


def test_a_script_for_locusts_page_starts_watches_and_stops(tmp_path: Path, target: str) -> None:
    with page(tmp_path, "-H", target) as opened:
        assert opened.stats()["state"] == "ready"
        assert opened.get("/stats/requests/csv").status_code == 404
        form = {"user_count": "3", "spawn_rate": "10", "host": target, "user_classes": "Visitor", "colour": "blue"}
        started = opened.post("/swarm", data=form).json()
        assert started == {"success": True, "message": "Swarming started", "host": target, "user_classes": ["Visitor"]}
        wait_until(lambda: opened.stats()["user_count"] == 3 and opened.stats()["state"] == "running", "all users are there")
        assert opened.post("/swarm", data={"user_count": "5", "spawn_rate": "10"}).json()["success"]
        wait_until(lambda: opened.stats()["user_count"] == 5, "the others too")
        wait_until(lambda: opened.stats()["stats"][0]["num_requests"] > 50, "requests")
        assert 'loadcell_requests_total{method="GET",name="/read"' in opened.get("/metrics").text
        assert opened.get("/stop").status_code == 405
        assert opened.stats()["state"] == "running"
        assert opened.post("/stop").json() == {"success": True, "message": "Test stopped"}
        last = opened.stats()
        assert (last["state"], last["user_count"]) == ("stopped", 0)
        assert opened.get("/metrics").status_code == 404
        rows = opened.get("/stats/requests/csv").text.splitlines()
        assert rows[1].split(",")[:3] == ["GET", "/read", str(last["stats"][0]["num_requests"])]
        assert "attachment; filename=" in opened.get("/stats/requests/csv").headers["content-disposition"]
        assert "/read" in opened.get("/stats/report").text
        tasks = opened.get("/tasks").json()
        assert tasks["per_class"]["Visitor"]["tasks"] == {"read": {"ratio": 1.0}}
        assert any("All users spawned" in line for line in opened.get("/logs").json()["master"])
        assert opened.get("/exceptions").json() == {"exceptions": []}
        assert opened.get("/worker-count").json() == {"worker_count": 0}
        assert opened.post("/stats/reset").text == "ok"
        assert opened.stats()["stats"][-1]["num_requests"] == 0
        assert opened.end() == 0
        assert "/read" in opened.said()


def test_mistakes_are_answered_and_nothing_is_started(tmp_path: Path, target: str) -> None:
    with page(tmp_path, "-H", target) as opened:
        answer = opened.post("/swarm", data={"user_count": "many", "spawn_rate": "0"}).json()
        assert not answer["success"]
        assert "--users 'many' is not a whole number" in answer["message"]
        assert "--spawn-rate" in answer["message"]
        refused = opened.post("/api/v1/run", json={"options": {"run-time": "soon"}})
        assert refused.status_code == 400
        assert "--run-time 'soon' is not a duration" in refused.json()["detail"][0]
        foreign = opened.post("/swarm", data={"user_count": "1", "host": "http://203.0.113.7"}).json()
        assert not foreign["success"]
        assert "--target-owned" in foreign["message"]
        assert opened.stats()["state"] == "ready"
        assert opened.end() == 0


def test_a_run_through_our_own_paths_and_what_is_left_of_it(tmp_path: Path, target: str) -> None:
    with page(tmp_path, "-H", target) as opened:
        begun = opened.post("/api/v1/run", json={"options": {"users": "2", "spawn-rate": "10", "run-time": "3s"}})
        assert begun.status_code == 202
        assert opened.post("/api/v1/run", json={}).status_code == 400, "one is under way"
        wait_until(lambda: opened.get("/api/v1/run").json()["state"] == "stopped", "its time is over")
        now = opened.get("/api/v1/run").json()
        document = opened.get(f"/api/v1/runs/{now['id']}").json()
        assert (document["total"]["requests"], document["total"]["failures"]) == (now["requests"], now["failures"])
        assert now["exit_code"] == document["run"]["exit_code"] == 1
        points = opened.get("/api/v1/run/points?since=1").json()
        assert points["second"] == [1, 2]
        assert [run["id"] for run in opened.get("/api/v1/runs").json()] == [now["id"]]
        assert opened.get(f"/api/v1/runs/{now['id']}/file").content.startswith(b"SQLite format 3")
        assert opened.get("/api/v1/runs/..%2f..%2fsecret").status_code == 404
        assert httpx.patch(f"{opened.url}/api/v1/run", json={"level": 3}).status_code == 409
        for load in ('{"level": 1e400}', '{"level": 1e12}', '{"level": 2, "pace": 1e-320}', '{"level": -1}'):
            json_ = {"content": load, "headers": {"content-type": "application/json"}}
            assert httpx.patch(f"{opened.url}/api/v1/run", **json_).status_code == 422, load
        assert opened.get("/openapi.json").json()["paths"]["/api/v1/run"]
        assert opened.get("/").headers["x-frame-options"] == "SAMEORIGIN"
        assert opened.end() == 1


def test_an_assessment_from_the_page(tmp_path: Path, target: str) -> None:
    with page(tmp_path, "-H", target) as opened:
        refused = opened.post("/api/v1/run", json={"options": {"assess": "swift"}})
        assert refused.json()["detail"] == ["--assess 'swift' is none of quick, usual, thorough"]
        assert opened.post("/api/v1/run", json={"options": {"assess": "quick", "users": "20"}}).status_code == 202
        wait_until(lambda: opened.get("/api/v1/run").json()["phase"] == "baseline", "the baseline")
        wait_until(lambda: opened.get("/api/v1/run").json()["doing"] == "1 user", "its load")
        opened.post("/api/v1/run/stop")
        wait_until(lambda: opened.get("/api/v1/run").json()["state"] == "stopped", "its end")
        (run,) = opened.get("/api/v1/runs").json()
        assert run["plan"] == "quick assessment, up to 20 users"


def test_a_run_that_starts_by_itself_ends_the_page_with_it(tmp_path: Path, target: str) -> None:
    words = ("-H", target, "-u", "2", "-t", "2", "--autostart", "--autoquit", "0", "Visitor")
    with page(tmp_path, *words) as opened:
        assert opened.process.wait(30) == 0
        assert "2 users" in opened.said()


def test_a_run_whose_report_can_not_be_made_ends_the_page_all_the_same(tmp_path: Path, target: str) -> None:
    words = ("-H", target, "-u", "1", "-t", "3", "--autostart", "--autoquit", "0", "--runs-dir", "kept", "Visitor")
    with page(tmp_path, *words) as opened:
        wait_until(lambda: list(opened.shell.folder.glob("kept/*.loadcell")), "the run has begun")
        shutil.rmtree(opened.shell.folder / "kept")
        assert opened.process.wait(30) == 2
        assert "There is no run file kept/" in opened.said()


def test_elsewhere_than_here_it_takes_a_login(tmp_path: Path, target: str) -> None:
    with page(tmp_path, "-H", target, "--web-host", "0.0.0.0") as opened:
        found = re.search(r"token to log in with: (\S+)", opened.said())
        assert found
        assert opened.get("/stats/requests").status_code == 401
        assert opened.post("/swarm", data={"user_count": "1"}).status_code == 401
        assert opened.get("/stats/requests", headers={"Authorization": f"Bearer {found[1]}"}).status_code == 200
        with httpx.Client(base_url=opened.url, follow_redirects=True) as browser:
            assert "Log in" in browser.get("/", headers={"Accept": "text/html"}).text
            assert browser.post("/login", data={"password": "wrong"}).status_code == 401
            browser.post("/login", data={"password": found[1]})
            assert browser.get("/stats/requests").status_code == 200
            browser.post("/logout")
            assert browser.get("/stats/requests").status_code == 401


def test_a_password_of_ones_own_is_not_printed(tmp_path: Path, target: str) -> None:
    with page(tmp_path, "-H", target, "--web-login", LOADCELL_WEB_PASSWORD="geheim") as opened:
        assert "token" not in opened.said()
        assert "geheim" not in opened.said()
        assert opened.get("/stats/requests").status_code == 401
        assert opened.get("/stats/requests", headers={"Authorization": "Bearer geheim"}).status_code == 200


def test_a_port_that_is_taken_is_told(tmp_path: Path, target: str) -> None:
    with page(tmp_path / "one", "-H", target) as opened:
        (tmp_path / "two").mkdir()
        shell = shell_in(tmp_path / "two")
        shell.write("locustfile.py", SCENARIO)
        port = opened.url.rpartition(":")[2]
        done = shell.run("-f", "locustfile.py", "-H", target, "-P", port, LOCUST_HEADLESS="false")
        assert done.code == 2
        assert f"The page can't be served on 127.0.0.1:{port}: Address already in use." in done.err
