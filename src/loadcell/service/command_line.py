"""How a Python web server was started, read from its command line; pure."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from typing import Any

SERVERS = ("uvicorn", "gunicorn", "hypercorn", "granian", "fastapi", "daphne", "waitress-serve")
_FLAGS: dict[str, tuple[str, ...]] = {
    "workers": ("--workers", "-w"),
    "worker_class": ("--worker-class", "-k"),
    "threads": ("--threads", "--blocking-threads", "--runtime-threads"),
    "loop": ("--loop",),
    "http": ("--http",),
    "backlog": ("--backlog",),
    "limit_concurrency": ("--limit-concurrency",),
    "keep_alive": ("--timeout-keep-alive", "--keep-alive"),
    "max_requests": ("--limit-max-requests", "--max-requests"),
    "log_level": ("--log-level",),
}
_SWITCHES = {"reload": ("--reload",), "no_access_log": ("--no-access-log",)}
_WHOLE = ("workers", "threads", "backlog", "limit_concurrency", "max_requests")


def server_of(words: Sequence[str]) -> dict[str, Any]:
    """The server's name, and those of its flags that were given; empty for a command line of something else."""
    for position, word in enumerate(words):
        name = PurePath(word).name if word else ""
        if name.startswith("gunicorn: "):  # As it calls itself where it can.
            return {"server": "gunicorn"}
        if name in SERVERS:
            return {"server": name, **_flags(words[position + 1 :])}
    return {}


def _flags(words: Sequence[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for position, word in enumerate(words):
        flag, equals, value = word.partition("=")
        if not equals:
            value = words[position + 1] if position + 1 < len(words) else ""
        for name, flags in _FLAGS.items():
            if flag in flags and value:
                found[name] = int(value) if name in _WHOLE and value.isdecimal() else value
        for name, flags in _SWITCHES.items():
            if word in flags:
                found[name] = True
    return found
