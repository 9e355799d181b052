"""Runs one file of the corpus and holds what was counted against what the shop served."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from loadcell.store import RunReader
from tests.corpus.service import shop

FILES = Path(__file__).resolve().parent / "files"
HTTP = ("GET", "POST", "PUT", "DELETE")
PATIENCE_S = 60


@dataclass(frozen=True)
class Story:
    """What must come of a file."""

    entries: tuple[str, ...]
    """Names that are in the statistics, among others."""
    words: tuple[str, ...] = ()
    processes: int = 1
    code: int = 0
    failing: tuple[str, ...] = ()
    """Names that have failures; no others have."""
    says: str = ""
    """What its output holds."""
    own_end: bool = False
    """Whether it decides itself when it is over."""


STORIES: dict[str, Story] = {
    "login_tokens": Story(("POST /login", "GET /profile", "POST /refresh")),
    "csv_accounts": Story(("POST /login", "GET /profile"), processes=2),
    "tcp_protocol": Story(("SHOUT hello",)),
    "rpc_wrapper": Story(("RPC Shop.Shout", "RPC Shop.Fail"), failing=("RPC Shop.Fail",), code=1),
    "staged_shape": Story(("GET /", "GET /items"), own_end=True, says="Shape test stopping"),
    "double_wave": Story(("GET /",), own_end=True, processes=2),
    "nested_browsing": Story(("GET /items?page=[page]", "GET /items/[id]", "GET /")),
    "checkout_steps": Story(("POST /login", "POST /cart", "POST /checkout"), processes=2),
    "graphql": Story(("POST graphql Books", "POST graphql Broken"), failing=("POST graphql Broken",), code=1),
    "files": Story(("POST /upload", "GET /download/20000")),
    "polling": Story(("POST /jobs", "GET /jobs/[id]", "JOB total")),
    "csrf_form": Story(("GET /form", "POST /form")),
    "correlation_ids": Story(("GET /trace",), says="every id came back"),
    "fast_rest": Story(("GET /items/[id]", "PUT /settings", "GET /flaky"), failing=("GET /flaky",), code=1),
    "user_kinds": Story(("GET buyer", "GET reader"), words=("--tags", "read", "buy")),
    "own_arguments": Story(("GET /items/[id]",), words=("--first-item", "40", "--careful"), says="careful from 40"),
    "thresholds": Story(("GET /flaky",), failing=("GET /flaky",), code=3, says="too many failures"),
    "checker": Story(("GET /flaky",), failing=("GET /flaky",), code=4, own_end=True),
    "setup_teardown": Story(("GET /profile",), says="teardown done"),
    "handed_out_users": Story(("POST /login",), processes=2, says="handed out"),
    "pacing": Story(("GET paced", "GET throttled")),
    "parallel_requests": Story(("GET /items/[id]", "GET page")),
    "markov_shopping": Story(("GET /", "GET /items", "POST /cart")),
    "retries": Story(("GET /flaky", "GET retried"), failing=("GET /flaky", "GET retried"), code=1),
    "request_log": Story(("GET /items",), says="logged every request"),
}


@dataclass
class Result:
    """What came of one run."""

    code: int
    output: str
    counts: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    """By method and name: requests, failures, interrupted."""
    exceptions: list[str] = field(default_factory=list)
    served: dict[str, int] = field(default_factory=dict)


def run(name: str, seconds: int, folder: Path) -> Result:
    """Run one file for so many seconds in a folder."""
    story = STORIES[name]
    with shop() as (server, shout):
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("LOCUST_", "LOADCELL_"))}
        words = [
            "-f",
            str(FILES / f"{name}.py"),
            "-H",
            f"http://127.0.0.1:{server.server_port}",
            "--headless",
            "--only-summary",
        ]
        words += ["-u", "8", "-r", "20", "-t", f"{seconds}s", "--processes", str(story.processes), *story.words]
        done = subprocess.run(
            [sys.executable, "-m", "loadcell", "run", *words],
            cwd=folder,
            env=kept | {"HOME": str(folder), "SHOUT_PORT": str(shout.server_address[1]), "SHOP_SECONDS": str(seconds)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE_S + seconds,
        )
        served = dict(server.served)
    result = Result(done.returncode, done.stdout, served=served)
    for path in (folder / ".loadcell" / "runs").glob("*.loadcell"):
        with RunReader.open(path) as reader:
            for entry in reader.entries():
                result.counts[f"{entry.method} {entry.name}"] = (entry.requests, entry.failures, entry.interrupted)
            result.exceptions = [found.message for found in reader.exceptions()]
    return result


def problems(name: str, result: Result) -> list[str]:
    """What is not as it must be, one line each."""
    story = STORIES[name]
    found = []
    if result.code != story.code:
        found.append(f"exit code {result.code} rather than {story.code}")
    found += [f"no entry {entry}" for entry in story.entries if not result.counts.get(entry, (0,))[0]]
    failing = {entry for entry, (_, failures, _) in result.counts.items() if failures}
    if failing != set(story.failing):
        found.append(f"failures in {sorted(failing)} rather than {sorted(story.failing)}")
    found += [f"exception: {message}" for message in result.exceptions]
    if story.says not in result.output:
        found.append(f"does not say {story.says!r}")
    for method in HTTP:
        counted = sum(
            requests + interrupted
            for entry, (requests, _, interrupted) in result.counts.items()
            if entry.split(" ")[0] == method
        )
        served = result.served.get(method, 0)
        # A request that is given up may not have reached the shop.
        given_up = sum(one[2] for one in result.counts.values())
        if not counted - given_up <= served <= counted:
            found.append(f"{method}: {counted:,} counted, {given_up:,} of all interrupted, {served:,} served")
    return found


def summary(result: Result) -> dict[str, Any]:
    """The figures of a table."""
    return {
        "requests": sum(one[0] for one in result.counts.values()),
        "failures": sum(one[1] for one in result.counts.values()),
        "entries": len(result.counts),
        "served": sum(result.served.values()),
    }


def as_text(result: Result) -> str:
    """For the message of a test that fails."""
    return json.dumps(result.counts, indent=1) + result.output[-3000:]
