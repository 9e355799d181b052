"""The generator's process and its link, without a whole run around them."""

from __future__ import annotations

import gc
import json
import logging
import socket
import subprocess
import sys
import weakref
from pathlib import Path
from threading import Thread

from loadcell.controller.state import Patience
from loadcell.generator.engine import ON_STOP_S, freeze_the_living
from loadcell.generator.link import MAX_POSTED, Link, LinkHandler
from loadcell.messages import Frames, Load, Log, Report, frame, report_of

LIMIT_S = 30


def posted(lines: list[str]) -> list[Report]:
    """What comes out of a link when these are logged while nobody reads."""
    near, far = socket.socketpair()
    with near:
        link = Link(far.detach())
        handler = LinkHandler(link)
        for line in lines:
            handler.emit(logging.LogRecord("shop", logging.INFO, "", 0, line, None, None))
        received: list[Report] = []

        def read() -> None:
            frames = Frames()
            while data := near.recv(65536):
                received.extend(report_of(body) for body in frames.feed(data))

        reader = Thread(target=read)
        reader.start()
        link.flush()
        link._socket.close()
        link._wake.close()
        reader.join(LIMIT_S)
    return received


def test_lines_that_nobody_takes_are_bounded_and_it_is_said() -> None:
    reports = posted([f"line {n}" for n in range(MAX_POSTED + 2000)])
    texts = [report.text for report in reports if isinstance(report, Log)]
    assert texts[:-1] == [f"line {n}" for n in range(MAX_POSTED)]
    assert texts[-1].startswith("2,000 log lines were left out")


def test_a_line_that_is_no_text_is_passed_on_all_the_same() -> None:
    (report,) = posted(["half \udc80"])
    assert isinstance(report, Log)
    assert report.text == "half ?"


class Knot:
    def __init__(self) -> None:
        self.itself = self


def test_what_is_garbage_when_the_living_are_frozen_is_collected() -> None:
    gc.disable()
    try:
        gone = weakref.ref(Knot())
        freeze_the_living()
        assert gone() is None
    finally:
        gc.unfreeze()
        gc.enable()


def test_on_stop_ends_before_the_controller_loses_its_patience() -> None:
    assert Patience().stopped_s >= ON_STOP_S + 10


def test_a_process_whose_parent_was_gone_from_the_start_ends_though_the_scenario_blocks(tmp_path: Path) -> None:
    scenario = tmp_path / "locustfile.py"
    scenario.write_text("print('loading', flush=True)\nwhile True:\n    pass\n")
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    near, far = socket.socketpair()
    with near, far:
        process = subprocess.Popen(
            [sys.executable, "-m", "loadcell.process", "--link", str(far.fileno()), "--parent", str(gone.pid)],
            pass_fds=(far.fileno(),),
            stdout=subprocess.PIPE,
        )
        near.sendall(frame(Load("1", "single", 0, 1, "run", str(scenario))))
        try:
            assert process.stdout is not None
            with process.stdout:
                assert process.stdout.readline() == b"loading\n"
                assert process.wait(LIMIT_S) == 4
        finally:
            process.kill()
            process.wait()


def test_a_task_without_a_name_can_be_described(tmp_path: Path) -> None:
    scenario = tmp_path / "locustfile.py"
    scenario.write_text(
        "import functools\n"
        "from locust import User\n"
        "def look(user, where): pass\n"
        "class Look:\n"
        "    def __call__(self, user): pass\n"
        "class Visitor(User):\n"
        "    tasks = [functools.partial(look, where='/'), Look()]\n"
    )
    command = [sys.executable, "-m", "loadcell.process", "--describe", str(scenario)]
    answer = subprocess.run(command, capture_output=True, text=True, check=True, timeout=LIMIT_S)
    assert json.loads(answer.stdout)["user_classes"] == [{"name": "Visitor", "tasks": ["look", "Look"]}]
