"""Stacks as py-spy dumps them, and the line of the service in them."""

import json

import pytest

from loadcell.monitors.stack_lines import line_of, parse

LIBRARY = "/srv/.venv/lib/python3.12/site-packages/"
STARTED = [("Runner.run", "/usr/lib/python3.12/asyncio/runners.py", 118), ("<module>", "/srv/main.py", 9)]


def line(*frames: tuple[str, str, int], pid: int = 7) -> str | None:
    dump = [{"pid": 7, "os_thread_id": 7, "active": True, "frames": [
        {"name": name, "filename": file, "line": number, "locals": None} for name, file, number in frames
    ]}]  # fmt: skip
    return line_of(parse(json.dumps(dump).encode()), pid, "/srv")


def test_the_innermost_line_of_the_service_is_named() -> None:
    assert line(("helper", "/srv/app/work.py", 3), ("endpoint", "/srv/main.py", 5), *STARTED) == "app/work.py:3 helper"


def test_what_runs_there_is_named_too() -> None:
    found = line(("send", f"{LIBRARY}httpx/_client.py", 90), ("endpoint", "/srv/main.py", 5), *STARTED)
    assert found == "main.py:5 endpoint, in httpx/_client.py send"
    assert line(("read", "<frozen io>", 1), ("endpoint", "/other/x.py", 5)) == "/other/x.py:5 endpoint, in <frozen io> read"


@pytest.mark.parametrize("inside", [[], [("Server.serve", f"{LIBRARY}starlette/routing.py", 4)]])
def test_who_started_the_loop_is_not_at_work(inside: list[tuple[str, str, int]]) -> None:
    assert line(*inside, *STARTED) is None


def test_other_threads_are_not_the_loop() -> None:
    assert line(("work", "/srv/main.py", 3), pid=8) is None


def test_what_is_no_dump_is_refused() -> None:
    with pytest.raises(ValueError, match="no stacks"):
        parse(b"Error: no")
