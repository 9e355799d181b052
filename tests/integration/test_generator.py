"""Whole runs: the life of users and hooks as scenarios see it, in one process and in several."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.integration.loadcell_command import Command, Result

HERE = Path(__file__).resolve().parent

CORPUS = HERE.parent / "locustfiles"
EXTRA = os.environ.get("LOADCELL_EXTRA_LOCUSTFILES", "")


# The corpus of Locust files


@dataclass(frozen=True)
class Story:
    """How a file is run, and what must come of it."""

    names: frozenset[str]
    """All entries."""
    words: tuple[str, ...] = ()
    code: int = 0
    failing: frozenset[str] = frozenset()
    printed: tuple[str, ...] = ()


def story(names: str, *words: str, code: int = 0, failing: str = "", printed: tuple[str, ...] = ()) -> Story:
    split = [name.strip() for name in names.split(",")]
    return Story(frozenset(split), words, code, frozenset(failing.split(",") if failing else ()), printed)


STORIES = {
    "weights": story("dict, inherited, list, often, seldom", "-u", "9"),
    "nested": story("forum: enter, forum: leave, forum: look, home, thread: read"),
    "sequence": story("1 look, 2 basket, 3 pay, 4 done"),
    "tags": story("page, read", "--tags", "reading", "--exclude-tags", "slow"),
    "listeners": story(
        "/ok",
        printed=(
            "init True None",
            "test_start True",
            "spawning_complete 3",
            "test_stopping",
            *["on_stop True"] * 3,
            "test_stop 0",
            "quitting, the last one first",
            "quitting, the first one last",
            "quit 0",
        ),
    ),
    "catching": story("broken, by block, by meta, missing, wrong", code=1, failing="broken,wrong"),
    "waiting": story("Between, Constant, FromTheModule, OfTheTaskSet, OwnLambda, OwnMethod, Pacing, Throughput", "-u", "8"),
    "sessions": story("change, head, log in, log out, me, options, patch"),
    "two_kinds": story("administer, buy, look", "-u", "4"),
    "own_arguments": story("of acme", "--tenant", "acme", "--fast", "--depth", "2"),
    "quits": story("/ok", "-t", "20"),
    "fast": story("look, missing, post"),
    "leaving": story("at once, goodbye, later, room, visit", "-u", "4"),
    "own_client": story("__add__, __truediv__, sleep", code=1, failing="__truediv__"),
    "roles": story("look 2", "--processes", "2"),
}


def test_every_file_of_the_corpus_has_a_story() -> None:
    assert {path.stem for path in CORPUS.glob("*.py")} == set(STORIES)


@pytest.fixture(scope="module")
def told(url: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Result]:
    """All files of the corpus, run a few at a time: most of a short run is waiting."""
    folders = {name: tmp_path_factory.mktemp(name) for name in STORIES}

    def run(name: str) -> Result:
        words = ["-u", "3", "-r", "100", "-t", "1.5", *STORIES[name].words]
        return Command(folders[name], url).run(CORPUS / f"{name}.py", *words)

    with ThreadPoolExecutor(4) as pool:
        return dict(zip(STORIES, pool.map(run, STORIES), strict=True))


@pytest.mark.parametrize("name", STORIES)
def test_a_locust_file_runs_unchanged(told: dict[str, Result], name: str) -> None:
    result, expected = told[name], STORIES[name]
    assert result.code == expected.code, result.err
    counts = result.counts()
    # What users were asking for when they were stopped has the name that it had by then.
    assert expected.names <= set(counts)
    assert {name for name, (requests, _, _) in counts.items() if requests} <= expected.names
    assert {name for name, (_, failures, _) in counts.items() if failures} == expected.failing
    assert all(requests or interrupted for requests, _, interrupted in counts.values())
    with result.reader() as reader:
        assert reader.exceptions() == []
    if expected.printed:
        assert result.heard() == list(expected.printed)
    assert "Traceback" not in result.err


def test_weights_within_a_class_are_those_of_the_tasks(told: dict[str, Result]) -> None:
    counts = told["weights"].counts()
    assert counts["often"][0] > counts["seldom"][0]
    assert counts["dict"][0] > counts["list"][0]


def test_a_run_that_the_scenario_ends(told: dict[str, Result]) -> None:
    (asked,) = told["quits"].events("quit_requested")
    assert "runner.quit()" in asked.text
    assert 20 <= told["quits"].counts()["/ok"][0] < 100


def test_each_role_has_its_runner(told: dict[str, Result]) -> None:
    lines = told["roles"].out.splitlines()
    assert sorted(line for line in lines if line.startswith("runner:")) == [
        "runner: MasterRunner",
        "runner: WorkerRunner",
        "runner: WorkerRunner",
    ]
    assert sorted(line for line in lines if line.startswith("worker")) == ["worker 0 of 2", "worker 1 of 2"]


def test_users_of_two_classes(told: dict[str, Result]) -> None:
    assert told["two_kinds"].users_by_class()[0] == {"Admin": 1, "Buyer": 2, "Looker": 1}


@contextmanager
def shop() -> Iterator[str]:
    """The example service, started and stopped."""
    # Not tmp_path: as root PostgreSQL runs under another account, which may not enter pytest's directories.
    with tempfile.TemporaryDirectory(prefix="shop-", ignore_cleanup_errors=True) as directory:
        Path(directory).chmod(0o755)
        process = subprocess.Popen(
            [sys.executable, "-m", "loadcell_shop", "--port", "0", "--data", f"{directory}/data"],
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert process.stdout
            line = next((line for line in process.stdout if "listening on" in line), "")
            assert line, "the shop did not start"
            yield line.split("listening on")[1].strip()
        finally:
            process.terminate()
            with process:
                process.wait(30)


@pytest.mark.skipif(not EXTRA, reason="LOADCELL_EXTRA_LOCUSTFILES names no folder")
def test_further_files_against_the_shop(tmp_path: Path) -> None:
    files = sorted(path for path in Path(EXTRA).glob("*.py") if not path.name.startswith("_"))
    assert files
    with shop() as address:
        for file in files:
            (tmp_path / file.stem).mkdir()
            result = Command(tmp_path / file.stem, address).run(file, "-u", "3", "-r", "10", "-t", "3")
            assert result.code in (0, 1), (file.name, result.err)  # 1: a request failed, which the file may mean to
            assert "Traceback" not in result.err, (file.name, result.err)
            assert result.sent > 0, file.name


# Users over several processes


def test_weights_are_exact_over_all_processes(command: Command) -> None:
    scenario = """
from locust import User, constant, task

class Idle(User):
    abstract = True
    wait_time = constant(100)

    @task
    def nothing(self):
        pass

class Five(Idle):
    weight = 5

class Three(Idle):
    weight = 3

class One(Idle):
    weight = 1

class Two(Idle):
    fixed_count = 2
"""
    result = command.run(scenario, "-u", "20", "-r", "100", "-t", "1.5", "--processes", "2")
    assert result.users_by_class()[0] == {"Two": 2, "Five": 10, "Three": 6, "One": 2}


HOOKS = """
import os, time
from locust import User, constant, events, task

def heard(what):
    print("heard:", os.getpid(), f"{time.monotonic():.4f}", what)

events.init.add_listener(lambda environment, **kw: heard("init " + type(environment.runner).__name__))
events.test_start.add_listener(lambda **kw: heard("test_start"))
events.spawning_complete.add_listener(lambda user_count: heard(f"spawning_complete {user_count}"))
events.test_stopping.add_listener(lambda **kw: heard("test_stopping"))
events.test_stop.add_listener(lambda **kw: heard("test_stop"))
events.quitting.add_listener(lambda **kw: heard("quitting"))
events.quit.add_listener(lambda **kw: heard("quit"))

class Idle(User):
    wait_time = constant(100)

    def on_start(self):
        heard("on_start")

    def on_stop(self):
        heard("on_stop")

    @task
    def nothing(self):
        self.environment.events.request.fire(request_type="X", name="x", response_time=1, response_length=0)
"""


@pytest.mark.parametrize("processes", ["1", "2"])
def test_the_order_of_hooks(command: Command, processes: str) -> None:
    result = command.run(HOOKS, "-u", "5", "-r", "10", "-t", "1.5", "--processes", processes)
    assert result.code == 0, result.err
    heard = [(int(pid), float(at), what) for pid, at, what in (line.split(" ", 2) for line in result.heard())]
    assert len([what for _, _, what in heard if what == "on_start"]) == 5
    everyone_started = max(at for _, at, what in heard if what == "on_start")
    first_stop = min(at for _, at, what in heard if what == "on_stop")
    pids = {pid for pid, _, _ in heard}
    assert len(pids) == (1 if processes == "1" else 3)
    for pid in pids:
        mine = [what for each, _, what in heard if each == pid]
        hooks = [what for what in mine if not what.startswith(("on_", "init"))]
        assert mine[0].startswith("init ")
        assert hooks == ["test_start", "spawning_complete 5", "test_stopping", "test_stop", "quitting", "quit"]
        told = next(at for each, at, what in heard if each == pid and what.startswith("spawning"))
        # Everywhere, only once all users of all processes are there.
        assert everyone_started < told < first_stop
        if "on_stop" in mine:
            assert mine.index("test_stopping") < mine.index("on_stop")
            assert mine[::-1].index("test_stop") < mine[::-1].index("on_stop")
    if processes == "2":
        lead = next(pid for pid, _, what in heard if what == "init MasterRunner")
        when = {(pid, what): at for pid, at, what in heard}
        assert when[lead, "test_start"] == min(at for _, at, what in heard if what == "test_start")
        assert when[lead, "test_stop"] == max(at for _, at, what in heard if what == "test_stop")
    (complete,) = result.events("spawning_complete")
    assert complete.data == {"users": 5}
    assert 0.4 <= complete.at_s < 1.5


def test_spawning_is_never_complete_in_a_run_that_is_over_before(command: Command) -> None:
    result = command.run(HOOKS, "-u", "10", "-r", "10", "-t", "0.6", "--processes", "2")
    assert not [line for line in result.heard() if "spawning_complete" in line]
    assert result.events("spawning_complete") == []


# What users do to themselves

TROUBLE = """
import time
from locust import HttpUser, TaskSet, constant, task
from locust.exception import InterruptTaskSet, StopUser

class Base(HttpUser):
    abstract = True
    wait_time = constant(0.2)

    def on_stop(self):
        self.client.get("/ok", name=f"{type(self).__name__} stopped")

class DeadOnArrival(Base):
    def on_start(self):
        raise ValueError("no account")

    @task
    def never(self):
        self.client.get("/ok", name="never")

class Stumbler(Base):
    @task
    def stumble(self):
        self.client.get("/ok", name="before")
        raise LookupError("missing")

class Goner(Base):
    @task
    def leave(self):
        raise StopUser()

class Interrupter(Base):
    @task
    def leave(self):
        raise InterruptTaskSet()

class BadEnd(HttpUser):
    wait_time = constant(100)

    @task
    def once(self):
        self.client.get("/ok", name="once")

    def on_stop(self):
        raise RuntimeError("bad end")

class Unmakeable(HttpUser):
    @task
    def never(self):
        pass

    def __init__(self, environment):
        super().__init__(environment)
        raise OSError("no room")
"""


def test_users_that_die_and_tasks_that_fail(command: Command) -> None:
    result = command.run(TROUBLE, "-u", "6", "-r", "100", "-t", "1.5")
    assert result.code == 1
    counts = result.counts()
    assert set(counts) == {"before", "once", "Goner stopped", "Stumbler stopped"}
    assert counts["Goner stopped"] == (1, 0, 0)
    with result.reader() as reader:
        exceptions = {found.message: found for found in reader.exceptions()}
    assert set(exceptions) == {"ValueError: no account", "LookupError: missing", "OSError: no room"}
    assert exceptions["ValueError: no account"].occurrences == 1
    stumbles = exceptions["LookupError: missing"].occurrences
    assert stumbles == counts["before"][0] >= 3
    assert "in stumble" in exceptions["LookupError: missing"].traceback
    # Every one is in the log with its traceback, and only once.
    assert result.err.count("LookupError: missing\n") == stumbles
    assert result.err.count("ValueError: no account\n") == 1
    assert result.err.count("RuntimeError: bad end\n") == 1
    assert result.err.count("A user of Interrupter ended: interrupt()") == 1
    # Nobody takes the place of a user who has gone.
    assert result.users_by_class()[-2] == {"Stumbler": 1, "BadEnd": 1}


def test_a_task_that_never_yields_leaves_others_their_turn(command: Command) -> None:
    scenario = """
from locust import HttpUser, User, constant, task

class Thinker(User):
    @task
    def think(self):
        sum(range(20_000))

class Visitor(HttpUser):
    wait_time = constant(0.01)

    @task
    def look(self):
        self.client.get("/ok")
        if not hasattr(self, "said"):
            self.said = True
            print("visited", flush=True)
"""
    running = command.start(scenario, "-u", "4", "-r", "100")
    running.wait_for_output("visited", 2)
    running.interrupt()
    result = running.wait()
    assert result.code == 0, result.err
    assert result.events("generator_hung") == []


# How the run ends

QUICK = """
import sys
from locust import HttpUser, constant, events, task

class Visitor(HttpUser):
    wait_time = constant(0.05)
    count = 0

    @task
    def look(self):
        self.client.get("/ok")
        self.count += 1
        self.looked()

    def looked(self):
        pass
"""
EXITS = {
    "sys.exit in a task": (
        "Visitor.looked = lambda self: sys.exit(7) if self.count == 3 else None",
        7,
    ),
    "sys.exit with a text": ("Visitor.looked = lambda self: sys.exit('enough')", 1),
    "sys.exit(0) in a task": ("Visitor.looked = lambda self: sys.exit(0)", 0),
    "process_exit_code in test_stop": (
        "@events.test_stop.add_listener\ndef _(environment, **kw):\n    environment.process_exit_code = 5",
        5,
    ),
    "process_exit_code in quitting": (
        "@events.quitting.add_listener\ndef _(environment, **kw):\n    environment.process_exit_code = 6",
        6,
    ),
    "process_exit_code wins": (
        "@events.quitting.add_listener\ndef _(environment, **kw):\n    environment.process_exit_code = 6\n"
        "Visitor.looked = lambda self: sys.exit(7)",
        6,
    ),
    "an exception in a listener": ("@events.test_stop.add_listener\ndef _(**kw):\n    raise KeyError('listener')", 2),
    "sys.exit in test_stop": ("@events.test_stop.add_listener\ndef _(**kw):\n    sys.exit(8)", 8),
}


@pytest.fixture(scope="module")
def endings(url: str, tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Result]:
    def run(case: tuple[str, str]) -> Result:
        name, processes = case
        command = Command(folders[case], url)
        return command.run(f"{QUICK}\n{EXITS[name][0]}\n", "-u", "2", "-r", "10", "-t", "1", "--processes", processes)

    both = ("sys.exit in a task", "process_exit_code in quitting", "an exception in a listener")
    cases = [(name, "1") for name in EXITS] + [(name, "2") for name in both]
    folders = {case: tmp_path_factory.mktemp("ending") for case in cases}
    with ThreadPoolExecutor(4) as pool:
        return dict(zip(cases, pool.map(run, cases), strict=True))


@pytest.mark.parametrize("name", EXITS)
def test_the_scenario_chooses_the_exit_code(endings: dict[tuple[str, str], Result], name: str) -> None:
    for (case, _), result in endings.items():
        if case == name:
            assert result.code == EXITS[name][1], result.err
            assert result.counts()["/ok"][0] > 0
            assert "Aggregated" in result.err  # with its report


def test_an_exception_in_a_listener_of_requests_is_not_lost_among_processes(command: Command) -> None:
    listener = "@events.request.add_listener\ndef _(**kw):\n    raise KeyError('listener')"
    result = command.run(f"{QUICK}\n{listener}\n", "-u", "2", "-r", "10", "-t", "1", "--processes", "2")
    assert result.code == 2
    assert result.counts()["/ok"][0] > 0


def test_health_figures_are_plausible(command: Command) -> None:
    scenario = """
import time
from locust import HttpUser, constant, task

class Hog(HttpUser):
    wait_time = constant(0.05)

    @task
    def hog(self):
        self.client.get("/ok")
        end = time.perf_counter() + 0.15
        while time.perf_counter() < end:
            pass
"""
    result = command.run(scenario, "-u", "12", "-r", "10", "-t", "2")
    with result.reader() as reader:
        health = reader.health()
        assert all(10 < each.memory_mb < 2000 for each in health)
        assert all(0 <= each.cpu <= 110 for each in health)
        assert max(each.cpu for each in health) > 20
        assert max(each.lag_ms for each in health) >= 90
        assert sum(each.late_starts for each in health) > 0


def test_response_times_are_the_service_s_own_even_while_the_scenario_holds_up_the_process(command: Command) -> None:
    scenario = """
import time
from locust import HttpUser, User, constant, task

class Visitor(HttpUser):
    wait_time = constant(0.01)
    fixed_count = 1

    @task
    def ask(self):
        self.client.get("/delay?ms=20", name="ask")

class Hog(User):
    wait_time = constant(0.1)
    fixed_count = 1

    @task
    def calculate(self):
        end = time.perf_counter() + 1.0
        while time.perf_counter() < end:
            pass
"""
    result = command.run(scenario, "-u", "2", "-r", "10", "-t", "5")
    with result.reader() as reader:
        (ask,) = reader.entries()
        assert max(each.lag_ms for each in reader.health()) > 900
    assert ask.requests >= 3
    assert ask.max_us is not None
    assert 20_000 <= ask.max_us < 700_000


def test_the_memory_of_a_generator_does_not_grow_with_time(command: Command) -> None:
    scenario = """
import gc, itertools, resource
from locust import User, constant, events, task

numbers = itertools.count()

@events.test_stop.add_listener
def _(environment, **kw):
    hook = environment.events.request.recorder.__self__
    gc.collect()
    print("kept", len(hook._entries), len(hook._errors), len(hook._exceptions), flush=True)

class Chatty(User):
    wait_time = constant(0.001)

    @task
    def talk(self):
        fire = self.environment.events.request.fire
        for _ in range(10):
            n = next(numbers)
            error = ValueError(f"error {n}") if n % 2 else None
            fire(request_type=f"M{n % 500}", name=f"n{n}", response_time=1, response_length=0, exception=error)
        raise KeyError(n)
"""
    result = command.run(scenario, "-u", "5", "-r", "100", "-t", "2", "--loglevel", "CRITICAL")
    (line,) = [line for line in result.out.splitlines() if line.startswith("kept")]
    entries, errors, exceptions = (int(word) for word in line.split()[1:])
    assert entries <= 2_101
    assert errors <= 501
    assert exceptions <= 101


ODD = """
import time
from locust import User, constant, events, task

class Visitor(User):
    wait_time = constant(0.05)

    @task
    def odd(self):
        for name in (42, None, "half \\udc80"):
            events.request.fire(request_type=None, name=name, response_time=1, response_length=12.5, exception="\\udc80")

@events.test_stop.add_listener
def _(environment, **kw):
    time.sleep(2.5)
    events.request.fire(request_type="GET", name="tidy", response_time=1, response_length=0)
    environment.process_exit_code = True

@events.quitting.add_listener
def _(environment, **kw):
    time.sleep(1.5)
    print("heard: quitting is over", flush=True)
"""


def test_odd_values_and_slow_hooks_at_the_end_cost_no_figures(command: Command) -> None:
    result = command.run(ODD, "-u", "1", "-t", "2")
    counts = result.counts()
    assert set(counts) == {"42", "None", "half ?", "tidy"}
    assert counts["42"][0] == counts["None"][0] == counts["half ?"][0] > 10
    assert counts["tidy"][0] == 1
    assert (result.code, result.heard()) == (1, ["quitting is over"])
    assert result.events("generator_lost") == result.events("generator_hung") == []
    with result.reader() as reader:
        ((end_s,),) = reader._rows("SELECT max(end_s) FROM intervals")
    assert end_s < 4.4
