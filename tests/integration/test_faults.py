"""Processes that are killed in the middle of a run: what is left, what is told, what becomes of the users."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

HERE = Path(__file__).resolve().parent
for folder in (str(HERE.parents[1]), str(HERE)):
    if folder not in sys.path:
        sys.path.insert(0, folder)

from loadcell_command import Command, RunningCommand, wait_until  # noqa: E402

from loadcell.store import RunReader  # noqa: E402


@pytest.fixture
def command(tmp_path: Path, url: str) -> Iterator[Command]:
    command = Command(tmp_path, url)
    command.forget()
    yield command
    command.close()


SCENARIO = """
import os
from locust import HttpUser, constant, events, task

@events.init.add_listener
def _(environment, **kw):
    role = type(environment.runner).__name__
    print("pid", os.getpid(), {"MasterRunner": "lead"}.get(role, "users"), flush=True)

@events.spawning_complete.add_listener
def _(user_count, **kw):
    print("complete", os.getpid(), user_count, flush=True)

class Visitor(HttpUser):
    wait_time = constant(0.02)

    @task
    def look(self):
        self.client.get(f"/delay/{os.getpid()}?ms=5", name=f"by {os.getpid()}")
"""


def started(running: RunningCommand, processes: int) -> list[tuple[int, str]]:
    """The generators' ids and roles, once all users are there."""
    running.wait_for_output("complete", processes)
    return [
        (int(pid), role) for pid, role in (line.split()[1:] for line in running.out.splitlines() if line.startswith("pid"))
    ]


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


def latest(command: Command) -> RunReader:
    (path,) = (command.folder / ".loadcell/runs").glob("*.loadcell")
    return RunReader.open(path)


def served_since(command: Command, requests: int, more: int = 20) -> None:
    wait_until(lambda: command.truth()["requests"] >= requests + more, "load goes on")


def test_the_users_of_a_lost_generator_are_restarted_on_the_other(command: Command) -> None:
    running = command.start(SCENARIO, "-u", "6", "-r", "100", "--processes", "2")
    first, second = [pid for pid, role in started(running, 3) if role == "users"]
    wait_until(lambda: command.truth()["paths"].get(f"/delay/{first}", {}).get("count", 0) > 20, "both carry load")
    # From here on the killed one has reported at least its first second.
    wait_until(lambda: _counted(command, f"by {first}") > 0, "the first second is in the run file")
    before = _counted(command, f"by {first}")
    kill(first)
    wait_until(lambda: "was lost" in _texts(command), "the loss is told")
    wait_until(lambda: _users(command)[-1:] == [6], "all users are back")
    served_since(command, command.truth()["requests"])
    running.interrupt()
    result = running.wait()
    (lost,) = result.events("generator_lost")
    assert (lost.level, lost.data["pid"], lost.data["signal"], lost.data["users"]) == ("error", first, "SIGKILL", 3)
    assert result.users_by_class()[-2] == {"Visitor": 6}
    counts = result.counts()
    truth = command.truth()["paths"]
    assert counts[f"by {first}"][0] >= before > 0
    assert counts[f"by {first}"][0] <= truth[f"/delay/{first}"]["count"]
    requests, _, interrupted = counts[f"by {second}"]
    assert requests <= truth[f"/delay/{second}"]["count"] <= requests + interrupted
    assert len(result.events("spawning_complete")) == 1
    assert "was lost" in result.err


def test_the_only_generator_is_replaced(command: Command) -> None:
    running = command.start(SCENARIO, "-u", "4", "-r", "100")
    ((only, _),) = started(running, 1)
    served_since(command, 0)
    kill(only)
    running.wait_for_output("complete", 2)
    served_since(command, command.truth()["requests"])
    running.interrupt()
    result = running.wait()
    assert [event.level for event in result.events("generator_lost")] == ["error"]
    assert len(result.events("generator_replaced")) == 1
    (new,) = {int(line.split()[1]) for line in result.out.splitlines() if line.startswith("pid")} - {only}
    assert result.counts()[f"by {new}"][0] > 0
    assert f"complete {new} 4" in result.out


def test_without_its_lead_a_run_ends_with_its_figures(command: Command) -> None:
    running = command.start(SCENARIO, "-u", "4", "-r", "100", "--processes", "2")
    (lead,) = [pid for pid, role in started(running, 3) if role == "lead"]
    served_since(command, 0)
    kill(lead)
    result = running.wait()
    assert result.code == 4
    assert len(result.events("lead_lost")) == 1
    assert result.sent == command.truth()["requests"] > 0
    assert "Aggregated" in result.err
    assert "The lead" in result.err


BUSY = """
class Blocker(HttpUser):
    fixed_count = 1

    @task
    def block(self):
        print("blocked", os.getpid(), flush=True)
        while True:
            pass
"""


@pytest.mark.parametrize("blocked", [False, True], ids=["idle", "blocked"])
def test_generators_do_not_outlive_a_killed_controller(command: Command, blocked: bool) -> None:
    running = command.start(SCENARIO + (BUSY if blocked else ""), "-u", "4", "-r", "100", "--processes", "2")
    if blocked:
        running.wait_for_output("blocked")
        running.wait_for_output("pid", 3)
        wait_until(lambda: _users(command), "a second is in the run file")
        pids = [int(line.split()[1]) for line in running.out.splitlines() if line.startswith("pid")]
    else:
        pids = [pid for pid, _ in started(running, 3)]
        wait_until(lambda: len(_users(command)) >= 2, "two seconds are in the run file")
    generators = [psutil.Process(pid) for pid in pids]
    running.process.kill()
    running.process.wait()
    _, alive = psutil.wait_procs(generators, timeout=10)
    for generator in alive:
        generator.kill()
    assert alive == []
    with latest(command) as reader:
        assert reader.state == "crashed"
        assert reader.exit_code is None
        assert reader.reasons
        seconds = sorted(reader.users())
        assert seconds == list(range(len(seconds)))
        if not blocked:
            assert len(seconds) >= 2
            assert sum(entry.requests for entry in reader.entries()) > 0
            assert reader.request_counts()[0] == sum(row.requests for *_, row in reader.seconds_per_entry())


def test_a_generator_whose_scenario_blocks_while_it_is_loaded_does_not_outlive_a_killed_controller(command: Command) -> None:
    running = command.start(
        "import os\nprint('pid', os.getpid(), 'loading', flush=True)\nwhile True:\n    pass\n", "-u", "1"
    )
    running.wait_for_output("pid")
    generators = list(running.generators().values())
    running.process.kill()
    running.process.wait()
    _, alive = psutil.wait_procs(generators, timeout=10)
    for generator in alive:
        generator.kill()
    assert (len(generators), alive) == (1, [])


def test_users_are_stopped_properly_when_the_controller_is_gone(command: Command) -> None:
    scenario = SCENARIO + "\n    def on_stop(self):\n        self.client.get('/bytes/7')\n"
    running = command.start(scenario, "-u", "4", "-r", "100")
    ((pid, _),) = started(running, 1)
    generator = psutil.Process(pid)
    running.process.kill()
    running.process.wait()
    assert psutil.wait_procs([generator], timeout=10)[1] == []
    assert command.truth()["paths"]["/bytes/7"]["count"] == 4


def _counted(command: Command, name: str) -> int:
    with latest(command) as reader:
        return sum(entry.requests for entry in reader.entries() if entry.name == name)


def _users(command: Command) -> list[int]:
    with latest(command) as reader:
        return list(reader.users().values())


def _texts(command: Command) -> str:
    with latest(command) as reader:
        return "\n".join(event.text for event in reader.events())
