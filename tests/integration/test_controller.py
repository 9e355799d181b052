"""Whole runs with real processes: the controller, its node, and generators that follow a script."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from loadcell.config import RunConfig
from loadcell.controller.progress import Progress
from loadcell.controller.run import Outcome, Run
from loadcell.controller.state import Patience
from loadcell.errors import GeneratorLost, RunFileError, ScenarioError, UsageError
from loadcell.messages import Begin, Log, Report
from loadcell.nodes.generator_process import GeneratorProcess
from loadcell.store import RunReader, StoredEvent

SCRIPT = Path(__file__).with_name("scripted_generator.py")
IN_A_HURRY = Patience(ready_s=20, begun_s=20, stopped_s=0.5, exit_s=0.5, at_once_s=0.5)
LIMIT_S = 30


class Watcher:
    """Remembers what a run showed, and lets a test wait for it."""

    def __init__(self) -> None:
        self.states: list[str] = []
        self.lines: list[tuple[str, str, str]] = []
        self.requests = 0
        self.on_progress: Callable[[Progress], None] = lambda progress: None

    def watch(self, progress: Progress) -> None:
        self.states.append(progress.state)
        self.requests = progress.totals.requests
        self.on_progress(progress)

    def print(self, generator: str, stream: str, line: str) -> None:
        self.lines.append((generator, stream, line))

    def log(self, generator: str, log: Log) -> None:
        self.lines.append((generator, "log", log.text))


class Runs:
    """Makes runs with scripted generators in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.watcher = Watcher()
        self.ledger = folder / "ledger"
        self.ledger.mkdir()

    def make(self, *script: str, patience: Patience = IN_A_HURRY, second_s: float = 0.1, **options: Any) -> Run:
        settings: dict[str, Any] = {"users": 6, "spawn_rate": 1000.0, "run_time_s": 0.6} | options
        config = RunConfig(scenario="shop.py", runs_dir=self.folder / "runs", **settings)
        return Run(
            config,
            watch=self.watcher.watch,
            on_output=self.watcher.print,
            on_log=self.watcher.log,
            command=[sys.executable, "-u", str(SCRIPT), f"--second={second_s}", f"--ledger={self.ledger}", *script],
            patience=patience,
        )

    def run(self, *script: str, **options: Any) -> Outcome:
        return finish(self.make(*script, **options))

    @property
    def reported(self) -> int:
        """The requests that generators say they have reported."""
        return sum(sum(self.reported_by(file.name)) for file in self.ledger.iterdir())

    def reported_by(self, generator: str) -> list[int]:
        """The same for one generator, by its seconds."""
        return [int(line) for line in (self.ledger / generator).read_text().split()]


def finish(run: Run) -> Outcome:
    return asyncio.run(asyncio.wait_for(run.run(), LIMIT_S))


def events(outcome: Outcome) -> list[StoredEvent]:
    """What happened beside the stop that ends every run."""
    assert outcome.path is not None
    with RunReader.open(outcome.path) as reader:
        assert reader.state == "finished"
        return [event for event in reader.events() if event.kind != "stopping"]


def stored_requests(outcome: Outcome) -> int:
    assert outcome.path is not None
    with RunReader.open(outcome.path) as reader:
        return reader.request_counts()[0]


def processes_of(marker: str) -> list[int]:
    """The ids of living processes with `marker` in their command line."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                command, status = (entry / "cmdline").read_text(), (entry / "stat").read_text()
            except OSError:
                continue
            if marker in command and status.rpartition(")")[2].split()[0] != "Z":
                found.append(int(entry.name))
    return found


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    return Runs(tmp_path)


@pytest.mark.parametrize("processes", [1, 2])
def test_a_run_goes_from_start_to_figures(runs: Runs, processes: int) -> None:
    outcome = runs.run(processes=processes)
    assert (outcome.exit_code, outcome.reasons) == (0, [])
    assert runs.watcher.states[-1] == "stopped"
    assert stored_requests(outcome) == runs.reported == runs.watcher.requests > 0
    assert processes_of(str(runs.ledger)) == []


def test_the_run_file_says_what_was_run_and_on_what(runs: Runs) -> None:
    outcome = runs.run(host="http://shop.test")
    assert outcome.path is not None
    with RunReader.open(outcome.path) as reader:
        assert (reader.facts.host, reader.facts.users) == ("http://shop.test", 6)
        assert reader.facts.plan == "6 users at 1000/s for 600ms"
        assert reader.facts.environment["generator"]["cores"] >= 1
        assert set(reader.facts.environment["generator"]["versions"]) == {"loadcell", "gevent"}


def test_a_refused_scenario_is_told_in_its_own_words_and_leaves_no_run_file(runs: Runs) -> None:
    with pytest.raises(ScenarioError, match=r"no user class.*\n.*Write one") as caught:
        runs.run("--mode=refuse", processes=2)
    assert caught.value.exit_code == 2
    assert list((runs.folder / "runs").iterdir()) == []
    assert processes_of(str(runs.ledger)) == []


def test_a_process_that_ends_while_loading_ends_the_run(runs: Runs) -> None:
    with pytest.raises(GeneratorLost, match="Generator 2 was gone before the load began: it ended with exit code 7"):
        runs.run("--mode=exit-early", "--only=2", processes=2)


def test_a_process_that_never_becomes_ready_is_not_waited_for_without_end(runs: Runs) -> None:
    with pytest.raises(GeneratorLost, match="Generator 1 had not loaded the scenario within 1 s"):
        runs.run("--mode=never-ready", patience=Patience(ready_s=1, exit_s=0.5))
    assert processes_of(str(runs.ledger)) == []


def test_a_generator_that_cannot_be_started_is_told(runs: Runs) -> None:
    run = runs.make()
    run._pool._command = ["/nonexistent/python"]
    with pytest.raises(GeneratorLost, match="could not be started"):
        finish(run)


def test_a_killed_generator_loses_no_reported_request_and_its_users_go_elsewhere(runs: Runs) -> None:
    outcome = runs.run("--mode=die", "--only=2", processes=3, run_time_s=0.8)
    assert outcome.exit_code == 0
    (lost,) = [event for event in events(outcome) if event.kind == "generator_lost"]
    assert lost.data["generator"] == "2"
    assert lost.data["signal"] == "SIGKILL"
    assert lost.data["users"] == 2
    assert stored_requests(outcome) == runs.reported
    assert {name: max(runs.reported_by(name)) for name in ("1", "2", "3")} == {"1": 3, "2": 2, "3": 3}


def test_the_only_generator_is_replaced_when_it_is_killed(runs: Runs) -> None:
    outcome = runs.run("--mode=die", "--only=1", run_time_s=1.5)
    assert outcome.exit_code == 0
    assert [event.kind for event in events(outcome)] == ["generator_lost", "generator_replaced"]
    assert max(runs.reported_by("2")) == 6
    assert stored_requests(outcome) == runs.reported


def test_generators_that_die_again_and_again_end_the_run_with_its_figures(runs: Runs) -> None:
    outcome = runs.run("--mode=die", run_time_s=20.0)
    assert outcome.exit_code == 4
    assert outcome.reasons == ["Generators were lost again and again: after 3 replacements the run was ended."]
    assert stored_requests(outcome) == runs.reported > 0


def test_the_death_of_the_lead_ends_the_run_with_its_figures(runs: Runs) -> None:
    outcome = runs.run("--mode=die", "--only=lead", processes=2, run_time_s=20.0)
    assert outcome.exit_code == 4
    assert "The lead" in outcome.reasons[0]
    assert "SIGKILL" in outcome.reasons[0]
    assert stored_requests(outcome) == runs.reported > 0


def test_a_generator_that_sends_nonsense_is_ended_and_said_to_have_done_so(runs: Runs) -> None:
    outcome = runs.run("--mode=garble", "--only=1", processes=2)
    (lost,) = [event for event in events(outcome) if event.kind == "generator_lost"]
    assert "it sent something that can't be understood" in lost.text


@pytest.mark.parametrize(
    ("mode", "said"), [("hang", "did not stop in time"), ("linger", "did not exit in time after the run")]
)
def test_a_generator_that_hangs_at_the_end_is_killed_and_it_is_said(runs: Runs, mode: str, said: str) -> None:
    outcome = runs.run(f"--mode={mode}", "--only=1", processes=2)
    assert outcome.exit_code == 0
    assert [event.kind for event in events(outcome)] == ["generator_hung"]
    assert said in events(outcome)[0].text
    assert processes_of(str(runs.ledger)) == []


def test_the_scenario_can_end_the_run_with_a_code_of_its_own(runs: Runs) -> None:
    outcome = runs.run("--mode=quit-requested", run_time_s=None)
    assert outcome.exit_code == 9
    assert outcome.reasons == ["the scenario itself ended with exit code 9"]


def test_a_service_that_nobody_reaches_gives_exit_code_3(runs: Runs) -> None:
    outcome = runs.run("--mode=unreachable")
    assert outcome.exit_code == 3
    assert outcome.reasons == [
        "no connection to http://service.test ever succeeded: ConnectionRefusedError(111, 'Connection refused')"
    ]


@pytest.mark.parametrize("mode", ["normal", "hang"])
@pytest.mark.parametrize("how", ["stop", "stop_now"])
def test_a_run_without_end_ends_when_it_is_asked_to(runs: Runs, mode: str, how: str) -> None:
    run = runs.make(f"--mode={mode}", run_time_s=None)
    runs.watcher.on_progress = lambda progress: getattr(run, how)() if progress.totals.requests else None
    outcome = finish(run)
    assert outcome.exit_code == 0
    assert stored_requests(outcome) == runs.reported > 0
    assert processes_of(str(runs.ledger)) == []


def test_a_run_that_is_stopped_before_its_load_leaves_nothing_behind(runs: Runs) -> None:
    run = runs.make("--mode=never-ready", run_time_s=None)
    runs.watcher.on_progress = lambda progress: run.stop()
    outcome = finish(run)
    assert (outcome.exit_code, outcome.path) == (1, None)
    assert processes_of(str(runs.ledger)) == []


def test_a_cancelled_run_takes_its_processes_along(runs: Runs) -> None:
    async def cancel_in_the_middle() -> None:
        run = runs.make(processes=2, run_time_s=None)
        under_load = asyncio.Event()
        runs.watcher.on_progress = lambda progress: under_load.set() if progress.totals.requests else None
        task = asyncio.create_task(run.run())
        await asyncio.wait_for(under_load.wait(), LIMIT_S)
        assert processes_of(str(runs.ledger))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancel_in_the_middle())
    assert processes_of(str(runs.ledger)) == []
    (file,) = (runs.folder / "runs").iterdir()
    with RunReader.open(file) as reader:
        assert reader.outcome is not None
        assert reader.outcome.reasons == ["the run was broken off before its end"]


def test_what_a_scenario_prints_arrives_unmangled_even_without_an_end_of_line(runs: Runs) -> None:
    runs.run("--mode=chatter")
    assert sorted(runs.watcher.lines) == [
        ("1", "stderr", "to stderr, without an end of line"),
        ("1", "stdout", "to stdout: grüße"),
    ]


def test_generators_are_out_of_reach_of_the_terminals_interrupt(runs: Runs) -> None:
    run = runs.make(run_time_s=None)
    groups: set[int] = set()

    def look(progress: Progress) -> None:
        groups.update(os.getpgid(pid) for pid in processes_of(str(runs.ledger)))
        run.stop()

    runs.watcher.on_progress = look
    finish(run)
    assert groups
    assert os.getpgid(0) not in groups


def test_a_runs_folder_that_cannot_be_written_to_is_found_before_anything_is_started(runs: Runs) -> None:
    blocked = runs.folder / "file"
    blocked.write_text("")
    run = runs.make()
    object.__setattr__(run._config, "runs_dir", blocked / "runs")
    with pytest.raises(RunFileError, match=r"can't be written.*\n.*--runs-dir"):
        finish(run)
    assert run._pool._processes == {}


def test_too_many_users_for_the_limit_of_open_files_are_refused(runs: Runs) -> None:
    with pytest.raises(UsageError, match=r"users need .* open files.*\n.*ulimit -n"):
        runs.run(users=10**9)


def test_the_controller_imports_no_engine_and_nothing_heavy() -> None:
    heavy = ("gevent", "locust", "rich", "plotly", "numpy", "scipy", "nicegui", "distributed")
    code = f"import sys, loadcell.controller.run; print([name for name in {heavy} if name in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert answer.stdout.strip() == "[]"


def is_gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_what_a_process_reported_is_read_though_it_is_gone_when_it_is_spoken_to() -> None:
    code = """
import os, socket, sys, time
from loadcell.messages import Log, frame
link = socket.socket(fileno=int(sys.argv[2]))
link.sendall(frame(Log("INFO", "a", "first", 0.0)))
time.sleep(0.2)
link.sendall(frame(Log("INFO", "a", "last", 0.0)))
os._exit(1)
"""
    reports: list[Report] = []

    def hear(report: Report) -> None:
        reports.append(report)
        if len(reports) == 1:
            # This process is held up until the other one is gone, and speaks to it before it reads on.
            end = time.monotonic() + 10
            while not is_gone(process.pid) and time.monotonic() < end:
                pass
            for _ in range(5):
                process.send(Begin())

    process = GeneratorProcess([sys.executable, "-c", code], on_report=hear, on_line=lambda *_: None)
    asyncio.run(process.run())
    assert [report.text for report in reports if isinstance(report, Log)] == ["first", "last"]


def test_all_that_a_process_wrote_before_it_ended_is_read() -> None:
    code = """
import socket, sys
from loadcell.messages import Log, frame
link = socket.socket(fileno=int(sys.argv[2]))
link.sendall(frame(Log("INFO", "a", "x" * 1000, 0.0)) * 5000)
for number in range(50_000):
    sys.stdout.write(f"{number}\\n")
sys.stderr.write("the end")
"""
    reports: list[Report] = []
    lines: list[tuple[str, str]] = []
    process = GeneratorProcess(
        [sys.executable, "-c", code],
        on_report=reports.append,
        on_line=lambda stream, line: lines.append((stream, line)),
    )
    end = asyncio.run(asyncio.wait_for(process.run(), LIMIT_S))
    assert end.returncode == 0
    assert len(reports) == 5000
    assert [line for stream, line in lines if stream == "stdout"] == [str(number) for number in range(50_000)]
    assert ("stderr", "the end") in lines


def test_a_process_that_only_closes_its_link_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loadcell.nodes.generator_process.UNLINKED_S", 0.1)
    code = "import os, signal, sys; os.close(int(sys.argv[2])); signal.pause()"
    process = GeneratorProcess(
        [sys.executable, "-c", code], on_report=lambda report: None, on_line=lambda stream, line: None
    )
    end = asyncio.run(asyncio.wait_for(process.run(), LIMIT_S))
    assert end.signal == "SIGKILL"


def test_a_child_that_outlives_its_generator_holds_nothing_up() -> None:
    code = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import signal; signal.pause()'])"
    process = GeneratorProcess(
        [sys.executable, "-c", code], on_report=lambda report: None, on_line=lambda stream, line: None
    )
    try:
        end = asyncio.run(asyncio.wait_for(process.run(), LIMIT_S))
        assert end.returncode == 0
    finally:
        os.killpg(process.pid, signal.SIGKILL)


def test_what_a_child_writes_just_after_the_end_of_its_generator_is_read() -> None:
    # The child writes once its end of the pipe says that the generator, who held the other, is gone.
    code = """
import os
read, write = os.pipe()
if not os.fork():
    os.close(write)
    os.read(read, 1)
    os.write(1, b"late")
"""
    lines: list[str] = []
    process = GeneratorProcess(
        [sys.executable, "-c", code], on_report=lambda report: None, on_line=lambda stream, line: lines.append(line)
    )
    asyncio.run(asyncio.wait_for(process.run(), LIMIT_S))
    assert lines == ["late"]


def test_a_listener_that_fails_does_not_stop_the_output_from_being_read() -> None:
    code = "import sys; sys.stdout.write('x' * 99 + '\\n' + ('y' * 99 + '\\n') * 10_000)"
    seen: list[str] = []
    reports: list[Report] = []

    def fail(stream: str, line: str) -> None:
        seen.append(line)
        raise OSError("no space left")

    process = GeneratorProcess([sys.executable, "-c", code], on_report=reports.append, on_line=fail)
    end = asyncio.run(asyncio.wait_for(process.run(), LIMIT_S))
    assert end.returncode == 0
    assert len(seen) == 10_001
    (said,) = [report.text for report in reports if isinstance(report, Log)]
    assert "no space left" in said
