"""Which line of a service a stack is at, as py-spy dumps it from outside; pure."""

from __future__ import annotations

import re

import msgspec

from loadcell.text import one_line

_ELSEWHERE = re.compile(r"<|.*/(?:site|dist)-packages/|.*/lib(?:64)?/python3(?:\.\d+)?/")
"""Files of libraries and of Python. Those of virtual environments are below site-packages."""
_RUNS_THE_LOOP = ("asyncio/runners.py", "asyncio/base_events.py", "uvicorn/server.py", "uvicorn/workers.py")
"""Below these frames is who started the server: nothing that it does now."""


class Frame(msgspec.Struct):
    name: str
    filename: str
    line: int


class Thread(msgspec.Struct):
    """One thread, its innermost frame first."""

    os_thread_id: int | None = None
    frames: list[Frame] = []


def parse(dump: bytes) -> list[Thread]:
    """Read what `py-spy dump --json` wrote. ValueError for anything else."""
    try:
        return msgspec.json.decode(dump, type=list[Thread])
    except msgspec.DecodeError as error:
        raise ValueError(f"no stacks: {error}") from error


def line_of(threads: list[Thread], pid: int, root: str) -> str | None:
    """“file:line function, in what runs there” of the service's innermost frame in the main thread; None if it is at none.

    Files are named from `root`, the folder that the service was started in.
    """
    main = next((thread for thread in threads if thread.os_thread_id == pid), None)
    if main is None:
        return None
    for frame in main.frames:
        if frame.filename.endswith(_RUNS_THE_LOOP):
            return None
        if not _ELSEWHERE.match(frame.filename):
            where = f"{_short(frame.filename, root)}:{frame.line} {frame.name}"
            leaf = main.frames[0]
            inside = f"{_short(leaf.filename, root)} {leaf.name}"
            return one_line(where if leaf is frame else f"{where}, in {inside}")
    return None


def _short(path: str, root: str) -> str:
    """
    >>> _short("/srv/app/main.py", "/srv"), _short("/x/lib/python3.12/site-packages/httpx/_client.py", "/srv")
    ('app/main.py', 'httpx/_client.py')
    """
    elsewhere = _ELSEWHERE.match(path)
    if elsewhere is not None and elsewhere.end() > 1:
        return path[elsewhere.end() :]
    return path.removeprefix(root.rstrip("/") + "/")
