"""Runs as a user sees them: a small load on a server of our own."""

from __future__ import annotations

import contextlib
import json
import re
import signal
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Shell

SCENARIO = """
from locust import HttpUser, constant, task

class Visitor(HttpUser):
    wait_time = constant(0.05)

    @task
    def look(self):
        self.client.get("PATH")
"""
FOREVER = """
        import time
        while True:
            time.sleep(0.1)
"""
OWN = """
from locust import HttpUser, events, task

@events.init_command_line_parser.add_listener
def _(parser):
    parser.add_argument("--tenant", default="none", metavar="TENANT", help="whose data is asked for")

class Visitor(HttpUser):
    @task
    def look(self):
        self.client.get("/ok", name="of " + self.environment.parsed_options.tenant)
        self.environment.runner.quit()
"""


@pytest.fixture
def scenario(shell: Shell) -> Callable[..., Path]:
    """Writes a scenario that asks for one path."""
    return lambda path="/ok": shell.write("locustfile.py", SCENARIO.replace("PATH", path))


def read_until(process: subprocess.Popen[str], piece: str) -> str:
    """What the process writes to stderr up to a line that holds `piece`."""
    assert process.stderr
    told = ""
    for line in process.stderr:
        told += line
        if piece in line:
            return told
    raise AssertionError(f"never told: {piece!r}; but:\n{told}")


def test_a_run_and_all_its_files(shell: Shell, target: str, scenario: Callable[..., Path]) -> None:
    scenario()
    words = [
        "-H",
        target,
        "-u",
        "2",
        "-r",
        "10",
        "-t",
        "3s",
        "--json",
        "out/r.json",
        "--csv",
        "out/c",
        "--html",
        "{u}_{t}.html",
    ]
    done = shell.run(*words)
    assert (done.code, done.out) == (0, ""), done
    for piece in ("2 users", "Aggregated", "written: out/r.json", "written: out/c_*.csv", "written: 2_3.html"):
        assert piece in done.err
    document = json.loads((shell.folder / "out/r.json").read_text())
    assert document["total"]["requests"] > 10
    assert document["total"]["failures"] == 0
    files = {path.name for path in (shell.folder / "out").iterdir()}
    assert files == {"r.json", "c_stats.csv", "c_stats_history.csv", "c_failures.csv", "c_exceptions.csv"}
    listed = json.loads(shell.run("runs", "--json").out)
    assert [run["requests"] for run in listed] == [document["total"]["requests"]]


def test_the_verb_may_be_written_and_locusts_list_goes_to_stdout(shell: Shell, target: str) -> None:
    shell.write("shop.py", SCENARIO.replace("PATH", "/ok") + "\nprint('the scenario is loaded')\n")
    done = shell.run("run", "-f", "shop.py", "-H", target, "-t", "1", "--headless", "--only-summary", "--json")
    assert done.code == 0, done
    assert [entry["name"] for entry in json.loads(done.out)] == ["/ok"]
    assert "the scenario is loaded" in done.err


def test_what_a_scenario_prints_and_logs(shell: Shell, target: str) -> None:
    text = "import logging\nprint('printed: grüße')\nlogging.getLogger('shop').warning('logged')\n"
    shell.write("locustfile.py", text + SCENARIO.replace("PATH", "/ok"))
    done = shell.run("-H", target, "-t", "1")
    assert done.out == "printed: grüße\n"
    assert "WARNING/shop: logged" in done.err
    done = shell.run("-H", target, "-t", "1", "--logfile", "log.txt")
    assert "logged" not in done.err
    assert "WARNING/shop: logged" in (shell.folder / "log.txt").read_text()


@pytest.mark.parametrize(
    ("processes", "ramp"),
    [
        ("1", "locust.runners: Ramping to 2 users at a rate of 20.00 per second"),
        ("2", "locust.runners: Sending spawn jobs of 2 users at 20.00 spawn rate to 2 ready workers"),
    ],
)
def test_the_lines_by_which_wrappers_of_locust_follow_a_run(shell: Shell, target: str, processes: str, ramp: str) -> None:
    shell.write("locustfile.py", SCENARIO.replace("PATH", "/status/500"))
    words = ("-u", "2", "-r", "20", "-t", "1", "--headless", "--only-summary", "--processes", processes)
    done = shell.run("-H", target, *words, "--exit-code-on-error", "7")
    assert done.code == 7
    pattern = rf"^\[[\d-]+ [\d:]+,\d{{3}}\] {re.escape(socket.gethostname().partition('.')[0])}/INFO/(locust\..*)$"
    lines = re.findall(pattern, done.err, re.MULTILINE)
    assert lines[0].startswith("locust.main: Starting Loadcell ")
    assert lines[1:3] == ["locust.main: Run time limit set to 1 seconds", ramp]
    assert lines[3].startswith("locust.runners: All users spawned: {")
    assert lines[4:] == [
        "locust.main: --run-time limit reached, shutting down",
        "locust.main: Shutting down (exit code 7)",
    ]


def test_failed_requests_are_told_and_counted(shell: Shell, target: str, scenario: Callable[..., Path]) -> None:
    scenario("/status/500")
    done = shell.run("-H", target, "-t", "1")
    assert done.code == 1, done
    assert "500" in done.err
    assert "failed" in done.err


def test_a_service_that_is_not_there(shell: Shell, scenario: Callable[..., Path]) -> None:
    scenario()
    done = shell.run("-H", "http://127.0.0.1:1", "-t", "1")
    assert done.code == 3, done
    assert "no connection to http://127.0.0.1:1 ever succeeded" in done.err


def test_a_scenario_with_a_syntax_error(shell: Shell) -> None:
    shell.write("locustfile.py", "from locust import HttpUser\n\nclass Visitor(HttpUser)\n    pass\n")
    done = shell.run("-H", "http://127.0.0.1:1")
    assert (done.code, done.out) == (2, ""), done
    for piece in ("locustfile.py", "3", "class Visitor(HttpUser)", "^"):
        assert piece in done.err
    assert "Traceback" not in done.err
    helped = shell.run("--help")
    assert helped.code == 0
    assert "--run-time TIME" in helped.out
    assert "locustfile.py" in helped.err


def test_a_scenario_without_a_user_class(shell: Shell) -> None:
    shell.write("locustfile.py", "x = 1\n")
    done = shell.run("-H", "http://127.0.0.1:1")
    assert done.code == 2, done
    assert done.err.startswith("error: ")
    assert "Traceback" not in done.err


def test_the_scenarios_own_options(shell: Shell, target: str) -> None:
    shell.write("locustfile.py", OWN)
    for words in (("--tenant", "acme"), ("--tenant=acme",)):
        done = shell.run("-H", target, *words, "--json", "r.json")
        assert done.code == 0, done
        assert json.loads((shell.folder / "r.json").read_text())["entries"][0]["name"] == "of acme"
    shell.write("locust.conf", "tenant = filed\n")
    assert shell.run("-H", target, "--json", "r.json").code == 0
    assert json.loads((shell.folder / "r.json").read_text())["entries"][0]["name"] == "of filed"
    helped = shell.run("--help")
    assert "--tenant TENANT" in helped.out
    assert "whose data is asked for" in helped.out


def test_an_option_that_nobody_knows(shell: Shell, target: str) -> None:
    shell.write("locustfile.py", OWN)
    done = shell.run("-H", target, "--zebra", "5")
    assert done.code == 2, done
    assert "--zebra" in done.err
    assert "Traceback" not in done.err


def test_the_user_classes_are_listed(shell: Shell, scenario: Callable[..., Path]) -> None:
    scenario()
    done = shell.run("-l")
    assert (done.code, done.out) == (0, "Available Users:\n    Visitor\n"), done


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_stopped_keeps_what_it_measured(
    shell: Shell, target: str, scenario: Callable[..., Path], number: signal.Signals
) -> None:
    scenario()
    with shell.start("-H", target, "--json", "r.json") as process:
        read_until(process, " requests ")
        process.send_signal(number)
        told = read_until(process, "stopping: ") + read_until(process, "written: r.json")
    assert process.returncode == 0
    assert "press Ctrl-C again to stop now" in told
    assert json.loads((shell.folder / "r.json").read_text())["total"]["requests"] > 0


def test_ctrl_c_twice_does_not_wait_for_tasks(shell: Shell, target: str) -> None:
    shell.write("locustfile.py", SCENARIO.replace("PATH", "/ok") + FOREVER)
    with shell.start("-H", target, "--stop-timeout", "10m") as process:
        read_until(process, " requests ")
        process.send_signal(signal.SIGINT)
        read_until(process, "stopping: tasks under way have 10m")
        process.send_signal(signal.SIGINT)
        read_until(process, "Aggregated")
    assert process.returncode == 0


def test_impatience_does_not_cost_what_was_measured(shell: Shell, target: str, scenario: Callable[..., Path]) -> None:
    scenario()
    with shell.start("-H", target, "--json", "r.json", "--html", "r.html") as process:
        read_until(process, " requests ")
        while process.poll() is None:
            process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.01)
    assert process.returncode == 0
    assert json.loads((shell.folder / "r.json").read_text())["total"]["requests"] > 0
    assert (shell.folder / "r.html").exists()


IN_THE_WAY = """
import pathlib
for name in ("r.json", "list.json"):
    pathlib.Path(name).unlink(missing_ok=True)
    pathlib.Path(name).mkdir(exist_ok=True)
"""


@pytest.mark.parametrize(("path", "code"), [("/ok", 2), ("/status/500", 7)])
def test_a_file_that_can_not_be_written_loses_no_other(shell: Shell, target: str, path: str, code: int) -> None:
    shell.write("locustfile.py", IN_THE_WAY + SCENARIO.replace("PATH", path))
    words = ["--json", "r.json", "--json-file", "list", "--csv", "c", "--html", "r.html", "--exit-code-on-error", "7"]
    done = shell.run("-H", target, "-t", "1", *words)
    assert done.code == code, done
    assert "error: r.json can't be written: Is a directory." in done.err
    assert "error: list.json can't be written: Is a directory." in done.err
    assert "Aggregated" in done.err
    assert (shell.folder / "c_stats.csv").stat().st_size
    assert (shell.folder / "r.html").stat().st_size


def test_who_stops_reading_along_loses_no_file_and_no_exit_code(
    shell: Shell, target: str, scenario: Callable[..., Path]
) -> None:
    shell.write("locustfile.py", SCENARIO.replace("PATH", "/status/500") + "\n        print('asked')\n")
    words = ["-t", "3", "--json", "r.json", "--csv", "c", "--exit-code-on-error", "7"]
    with shell.start("-H", target, *words) as process:
        read_until(process, " requests ")
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        process.stderr.close()
    assert process.returncode == 7
    assert json.loads((shell.folder / "r.json").read_text())["total"]["requests"]
    assert (shell.folder / "c_stats.csv").stat().st_size


def test_a_stdout_that_lacks_a_character_holds_nothing_up(shell: Shell, target: str) -> None:
    shell.write(
        "locustfile.py",
        SCENARIO.replace("PATH", "/ok") + "\n        import os; os.write(1, ('→' * 1000 + '\\n').encode())\n",
    )
    done = shell.run("-H", target, "-t", "1", "--json", "r.json", PYTHONIOENCODING="ascii")
    assert done.code == 0, done
    asked = json.loads((shell.folder / "r.json").read_text())["total"]["requests"]
    assert done.out.splitlines() == ["\\u2192" * 1000] * asked


def test_no_password_is_stored_or_shown(shell: Shell, target: str) -> None:
    asked = """
        self.client.get(self.environment.host + "/status/500")
        raise ValueError(self.environment.host)
"""
    text = OWN.replace("--tenant", "--password").replace('name="of " + self.environment.parsed_options.tenant', "")
    shell.write("locustfile.py", text + asked)
    host = target.replace("//", "//anna:hunter2@")
    words = ["-H", host, "--password", "hunter3", "-t", "1", "--stop-timeout", "5"]
    done = shell.run(*words, "--json", "r.json", "--csv", "c", "--html", "r.html")
    assert done.code == 1, done
    run = json.loads((shell.folder / "r.json").read_text())["run"]
    assert run["host"] == host.replace("hunter2", "***")
    assert "--password '***' -t 1" in run["command"]
    shown = shell.run("show", "last").out + shell.run("runs").out + done.out + done.err
    shown += shell.run(*words[:1], host.replace("http:", "nothing:")).err
    files = [path for path in shell.folder.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    assert len(files) > 6
    for text in [shown.encode(), *(path.read_bytes() for path in files)]:
        assert b"hunter" not in text
    for path in (shell.folder / ".loadcell/runs").glob("*.loadcell"):
        assert path.stat().st_mode & 0o777 == 0o600
