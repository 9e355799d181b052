"""`loadcell sweep`: a service that is started with each setting, and the setting that carries most."""

from __future__ import annotations

import json
import signal
import sys
from typing import TYPE_CHECKING

import psutil
import pytest

from tests.cli.test_retest import SCENARIO

if TYPE_CHECKING:
    from tests.cli.conftest import Shell

SERVICE = """
import os, sys, threading, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

slots = threading.Semaphore(int(os.environ["SLOTS"]))

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    def do_GET(self):
        with slots:
            time.sleep(0.1)
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")
    def log_message(self, *words): pass

ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""
COMMAND = (sys.executable, "service.py", "{port}")
SWEEP = ("sweep", "--repeat", "1", "--search-time", "4s", "--objective", "p95 < 150ms", "-u", "4")


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_the_setting_that_carries_more_is_taken(shell: Shell) -> None:
    shell.write("locustfile.py", SCENARIO)
    shell.write("service.py", SERVICE)
    job = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": "summary.md"}
    prepare = ("--prepare", "sh -c 'echo $SLOTS >> prepared'")
    words = (*SWEEP, *prepare, "--axis", "SLOTS=1,6", "--json", "--html", "s.html", "--", *COMMAND)
    with shell.start(*words, patience_s=200, **job) as process:
        out, err = process.communicate()
    assert process.returncode == 0, err
    found = json.loads(out)
    assert found["cells"][found["recommended"]]["setting"] == {"SLOTS": "6"}
    assert found["cells"][1]["capacity"] > found["cells"][0]["capacity"]
    assert found["objectives"] == ["p95 < 150ms"]
    assert "round 1 of 1, 2 of 2: SLOTS=" in err
    assert sorted((shell.folder / "prepared").read_text().split()) == ["1", "6"]
    assert "Capacity by SLOTS" in (shell.folder / "s.html").read_text()
    assert (shell.folder / "summary.md").read_text().startswith("### 🟢 Take SLOTS=6: ")
    there = [one.info["cmdline"] for one in psutil.process_iter(["cmdline", "cwd"]) if one.info["cwd"] == str(shell.folder)]
    assert there == []


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--app", "main:app"], "Nothing is varied."),
        (["--app", "main:app", "--workers", "2"], "Nothing is varied."),
        (["--workers", "1,2"], "A sweep starts the service itself"),
        (["--workers", "1,2", "--app", "main:app", "--", "serve"], "A sweep starts the service itself"),
        (["--axis", "1,2", "--app", "main:app"], "is no axis"),
        (["--axis", "A=1,2", "--repeat", "0", "--app", "main:app"], "--repeat '0' is not a number from 1."),
        (["--axis", "A=1,2", "--html", "/proc/x.html", "--app", "main:app"], "--html '/proc/x.html'"),
        (["--axis", "A=1,2", "--json", "/proc/x.json", "--app", "main:app"], "--json '/proc/x.json'"),
        (["--axis", "A=1,2", "--app", "main:app", "--plan", "load"], "--plan"),
        (["--axis", "A=1,2", "--prepare", "echo 'a", "--app", "main:app"], "The command of --prepare can't be read"),
        (["--axis", "A=1,2", "--prepare", "no-such-program", "--app", "main:app"], "There is no program 'no-such-program'"),
        (
            ["--axis", "A=1,2", "--prepare", "sh -c 'echo no data >&2; exit {A}'", "--app", "main:app"],
            "A=1: The preparation sh -c 'echo no data >&2; exit 1' ended with exit code 1",
        ),
        (["--axis", "A=1,2", "--app", "nothing:app"], "No setting carried anything."),
        (["--axis", "A=1,2", "--", "no-such-program", "{port}"], "There is no program 'no-such-program'"),
        (["--axis", "A=1,2", "--", sys.executable, "x.py"], "Write {port} where the command has it"),
        (["--axis", "A=1,2", "--", "serve", "{port}", "{workers}"], "Nothing fills in the {workers} of the command."),
        (["--axis", "POOL=1,2", "--", "serve", "{port}", "{POL}"], "Did you mean {POOL}?"),
        (["--workers", "1,2", "--", sys.executable, "x.py", "{port}"], "The command has no {workers}"),
        (["--axis", "A=1,2", "-H", "http://example.test:80", "--", "serve"], "is no address with a port of this machine"),
    ],
)
def test_mistakes(shell: Shell, words: list[str], sentence: str) -> None:
    shell.write("locustfile.py", SCENARIO)
    done = shell.run("sweep", *words)
    assert (done.code, done.out) == (2, "")
    assert sentence in done.err
    assert "Traceback (most recent call last)" not in done.err.split("The last that it wrote")[0]


def test_ended_before_anything_was_measured(shell: Shell) -> None:
    shell.write("locustfile.py", SCENARIO)
    shell.write("service.py", SERVICE)
    with shell.start(*SWEEP, "--axis", "SLOTS=1,6", "--", *COMMAND) as process:
        assert process.stderr is not None
        while "round 1 of 1" not in (line := process.stderr.readline()):
            assert line, "the sweep has begun"
        process.send_signal(signal.SIGINT)
        _, err = process.communicate()
    assert process.returncode == 4
    assert "The sweep was ended before its first setting was measured." in err
    assert "No setting carried anything" not in err


def test_a_port_in_use(shell: Shell, target: str) -> None:
    shell.write("locustfile.py", SCENARIO)
    done = shell.run("sweep", "--axis", "A=1,2", "-H", target, "--", sys.executable, "-c", "1")
    assert done.code == 2
    assert "is in use already" in done.err
