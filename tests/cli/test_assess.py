"""`loadcell assess` as its users meet it: help, mistakes, a service that is not there, an end before its time."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.loadcell_command import wait_until
from tests.target.launch import target_server

SCENARIO = """
from loadcell import HttpUser, task

class Visitor(HttpUser):
    @task
    def work(self):
        self.client.get("/work?slots=4&ms=20", name="/work")
"""


def command(folder: Path, *words: str) -> subprocess.Popen[str]:
    (folder / "locustfile.py").write_text(SCENARIO)
    with (folder / "err").open("w") as err:
        return subprocess.Popen(
            [sys.executable, "-m", "loadcell", "assess", *words],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=err,
            text=True,
        )


def ended(folder: Path, *words: str) -> tuple[int, str, str]:
    with command(folder, *words) as process:
        out, _ = process.communicate(timeout=60)
    return process.returncode, out, (folder / "err").read_text()


def test_the_help_says_what_is_done_and_how_long_it_takes(tmp_path: Path) -> None:
    code, out, _ = ended(tmp_path, "--help")
    assert code == 0
    for piece in ("--quick", "--thorough", "--objective", "two to three minutes", "until it breaks"):
        assert piece in out


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--quick", "--thorough"), "--quick and --thorough exclude each other"),
        (("--objective", "p95 < 100ms", "--objective", "p95 > 200ms"), "contradict each other"),
        (("-f", "nowhere.py"), "nowhere.py"),
        (("--plan", "load"), "--plan: an assessment decides on the load by itself"),
        (("--search-time", "soon"), "--search-time: 'soon' is not a duration"),
        (("--search-time=0",), "--search-time: '0' is no time at all"),
        (("--stages=10s:5",), "--stages: an assessment decides on the load by itself"),
    ],
)
def test_mistakes_are_told_in_one_sentence(tmp_path: Path, words: tuple[str, ...], complaint: str) -> None:
    code, _, err = ended(tmp_path, "-H", "http://127.0.0.1:9", *words)
    assert code == 2
    assert complaint in err
    assert "Traceback" not in err


def test_a_service_that_is_down_ends_it_at_once_and_the_run_file_is_kept(tmp_path: Path) -> None:
    code, _, err = ended(tmp_path, "-H", "http://127.0.0.1:9", "--quick", "--json", "out.json")
    assert code == 3
    assert "no connection to http://127.0.0.1:9 ever succeeded" in err
    assert "did not answer during the baseline" in err
    assert err.count("warning: Nobody listens on port 9. Is the service up?") == 1
    assert len(list((tmp_path / ".loadcell/runs").glob("*.loadcell"))) == 1
    assert json.loads((tmp_path / "out.json").read_text())["capacity"] is None


def test_a_service_that_dies_in_the_baseline_ends_it_and_the_run_file_is_kept(tmp_path: Path) -> None:
    with contextlib.ExitStack() as service:
        url = service.enter_context(target_server())
        with command(tmp_path, "-H", url, "--quick", "--json", "out.json") as process:
            wait_until(lambda: "  baseline  " in (tmp_path / "err").read_text(), "the baseline")
            service.close()
            process.wait(60)
    err = (tmp_path / "err").read_text()
    assert process.returncode == 1
    assert "did not answer during the baseline" in err
    assert "Traceback" not in err
    found = json.loads((tmp_path / "out.json").read_text())
    assert (found["capacity"], found["total"]["failures"] > 0) == (None, True)
    assert len(list((tmp_path / ".loadcell/runs").glob("*.loadcell"))) == 1


def test_ctrl_c_reports_what_was_measured_by_then(tmp_path: Path) -> None:
    with target_server() as url, command(tmp_path, "-H", url, "--quick", "--json", "out.json") as process:
        wait_until(lambda: "  load  " in (tmp_path / "err").read_text(), "the first load step")
        process.send_signal(signal.SIGINT)
        process.wait(30)
    found = json.loads((tmp_path / "out.json").read_text())
    assert found["stages"][0]["phase"] == "baseline"
    assert any("was broken off in the phase “load”" in reason for reason in found["reasons"])
    assert [objective["text"] for objective in found["objectives"]] == ["error_rate < 1%", "p95 < 104ms"] or found[
        "objectives"
    ]
