"""`loadcell retest`: a run again, and beside another revision of the service."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psutil
import pytest

from loadcell.service.command import CommandService
from tests.synthetic import steady_run

if TYPE_CHECKING:
    from tests.cli.conftest import Shell

SCENARIO = """
from loadcell import HttpUser, constant, task

class Visitor(HttpUser):
    wait_time = constant(0.01)

    @task
    def look(self):
        self.client.get("/")
"""
SERVICE = """
import sys, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        time.sleep(float(sys.argv[2]))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")
    def log_message(self, *words): pass

ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""
COMMAND = f"{sys.executable} service.py {{port}}"


@contextmanager
def service(shell: Shell, delay_s: float) -> Iterator[str]:
    """The service, started as `--against` starts it."""
    shell.write("service.py", SERVICE)
    started = CommandService([*COMMAND.split(), str(delay_s)], folder=shell.folder)
    started.start()
    try:
        yield started.url
    finally:
        started.stop()


def measured(shell: Shell, url: str) -> None:
    """The run that is to be made again."""
    shell.write("locustfile.py", SCENARIO)
    done = shell.run("-H", url, "-u", "4", "-r", "40", "-t", "5s", "--headless", "--html", "first.html")
    assert done.code == 0, done.err
    (shell.folder / "first.html").unlink()


@pytest.mark.slow
def test_another_revision_is_measured_in_turns_and_told_apart(shell: Shell) -> None:
    with service(shell, 0.02) as url:
        measured(shell, url)
        words = ["retest", "last", "-n", "2", "--against", f"{COMMAND} 0.1", "--figure", "p50", "--json"]
        done = shell.run(*words, "--fail-on", "regressed")
    assert done.code == 99, done.err
    found = json.loads(done.out)
    assert (found["verdict"], found["unit"]) == ("regressed", "runs")
    assert found["rows"][0]["effect"] > 0.2
    before, after = found["before"]["runs"], found["after"]["runs"]
    assert sorted([*before, *after]) == [before[0], after[0], after[1], before[1]]
    there = [
        process.info["cmdline"]
        for process in psutil.process_iter(["cmdline", "cwd"])
        if process.info["cwd"] == str(shell.folder)
    ]
    assert there == []
    # The files of the first run are not those of the others.
    assert not (shell.folder / "first.html").exists()


@pytest.mark.slow
def test_without_another_revision_the_new_runs_are_what_comes_after(shell: Shell) -> None:
    with service(shell, 0.1) as url:
        measured(shell, url)
    with service(shell, 0.02) as faster:
        prepare = ("--prepare", "sh -c 'echo again >> prepared'")
        done = shell.run("retest", "last", "-n", "2", *prepare, "--figure", "p50", "--", "-H", faster)
    assert done.code == 0, done.err
    assert (shell.folder / "prepared").read_text() == "again\nagain\n"
    assert "run 1 of 2 …" in done.err
    assert done.out.startswith("✓ IMPROVED")


@pytest.mark.slow
def test_ctrl_c_in_a_later_run_ends_the_series_and_compares_what_there_is(shell: Shell) -> None:
    with service(shell, 0.02) as url:
        measured(shell, url)
        with shell.start("retest", "last", "-n", "9", "--figure", "p50", patience_s=60) as process:
            assert process.stderr is not None
            said = ""
            while "run 3 of 9" not in said:
                line = process.stderr.readline()
                assert line, said
                said += line
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=30)
    assert "run 4 of 9" not in err
    assert process.returncode == 0, err
    assert "p50" in out


def stored(shell: Shell, name: str, command: str, rate: float | None = None) -> None:
    """A run that can be compared, and says that it was started so."""
    shell.write("locustfile.py", SCENARIO)
    steady_run(shell.folder / ".loadcell/runs", name, command=command, rate=rate)


def test_mistakes(shell: Shell) -> None:
    stored(shell, "secret", "loadcell -H http://127.0.0.1:1 --postgres ***")
    stored(shell, "none", "")
    stored(shell, "swept", "loadcell sweep --workers 1,2 --app main:app")
    stored(shell, "endless", "loadcell -H http://127.0.0.1:1 -u 20")
    stored(shell, "open", "loadcell -H http://127.0.0.1:1 -u 20 -t 1m", rate=60.0)
    steady_run(shell.folder / ".loadcell/runs", "short", seconds=2)
    cases = {
        ("retest", "nothing"): "There is no run “nothing”",
        ("retest", "none"): "The run none does not say how it was started.",
        ("retest", "short"): "The run short has held no load long enough to be compared.",
        ("retest", "secret"): "had a secret in it, which is not stored",
        ("retest", "secret", "-n", "0"): "must be 1 or more",
        ("retest", "swept"): "was made by 'loadcell sweep'",
        ("retest", "endless"): "had no end of its own",
        ("retest", "open"): "had another load than its command says",
        (
            "retest",
            "secret",
            "--against-host",
            "http://127.0.0.1",
            "--",
            "--postgres",
            "postgresql://x",
            "-t",
            "1s",
        ): "is no address with a port",
    }
    for words, sentence in cases.items():
        done = shell.run(*words)
        assert (done.code, done.out) == (2, "")
        assert sentence in done.err
        assert "Traceback" not in done.err


def test_what_can_not_be_prepared_is_told_and_not_measured(shell: Shell, target: str) -> None:
    stored(shell, "a", f"loadcell -H {target} -u 1 -t 5s --headless")
    cases = {
        "no-such-program": "There is no program 'no-such-program'",
        "echo 'a": "can't be read",
        "sh -c 'echo no data; exit 3' postgresql://me:geheim@db": "The preparation sh -c 'echo no data; exit 3' "
        "'postgresql://me:***@db' ended with exit code 3\n  The last that it wrote:\n    no data",
    }
    for prepare, sentence in cases.items():
        done = shell.run("retest", "a", "-n", "1", "--prepare", prepare, "--", "-t", "1s")
        assert (done.code, done.out) == (2, ""), done.err
        assert sentence in done.err
        assert "geheim" not in done.err
        assert "Traceback" not in done.err
    assert len(list((shell.folder / ".loadcell/runs").glob("*.loadcell"))) == 1


def test_another_revision_that_does_not_start(shell: Shell, target: str) -> None:
    stored(shell, "a", f"loadcell -H {target} -u 1 -t 5s --headless")
    cases = {
        "no-such-program {port}": "There is no program 'no-such-program'",
        f"{sys.executable} -c 1": "or name its address with --against-host URL",
        "serve --port {prot}": "Did you mean {port}?",
        "uvicorn 'a": "can't be read",
        f"{sys.executable} -c 'raise SystemExit(3)' {{port}}": "ended with exit code 3 before it took a connection",
    }
    runs = shell.folder / ".loadcell/runs"
    for against, sentence in cases.items():
        assert [path.stem for path in runs.glob("*.loadcell")] == ["a"], "told before anything was measured"
        done = shell.run("retest", "a", "-n", "1", "--against", against, "--", "-t", "1s")
        assert (done.code, done.out) == (2, ""), done.err
        assert sentence in done.err
        assert "Traceback" not in done.err
