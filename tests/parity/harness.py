"""Runs one file with one tool and writes down what came of it; compares what two tools did."""

from __future__ import annotations

import ast
import csv
import json
import os
import re
import socket
import subprocess
import sys
import venv
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.parity.allowed import ALLOWED
from tests.parity.server import service

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
FILES = HERE / "files"
PATIENCE_S = 60
RELEASE = "2.47.0"
_PORT = re.compile(r"(?<=127\.0\.0\.1[:'])\d+|(?<=port=)\d+")


@dataclass(frozen=True)
class Case:
    """A file and how it is run; declared in its constant PARITY."""

    path: Path
    options: tuple[str, ...] = ("-t", "2")
    processes: tuple[int, ...] = (1, 2)
    exact: bool = True
    """Whether counts must be equal, rather than only which entries there are."""
    env: dict[str, str] = field(default_factory=dict)
    script: bool = False
    """Whether it is a script that uses Locust as a library."""
    host: bool = True
    """Whether the service is named on the command line."""
    unordered: bool = False
    """Whether the lines it traces come in any order."""

    @property
    def name(self) -> str:
        return self.path.stem


@dataclass
class Outcome:
    """What came of one run."""

    code: int = 0
    requests: dict[str, tuple[int, int]] = field(default_factory=dict)
    failures: dict[str, int] = field(default_factory=dict)
    exceptions: dict[str, int] = field(default_factory=dict)
    traces: dict[str, list[str]] = field(default_factory=dict)
    """The lines that the file printed after TRACE, by their first word: the process or its part."""
    served: dict[str, int] = field(default_factory=dict)
    output: str = ""


def cases() -> list[Case]:
    """Every file, by name."""
    return [case_of(path) for path in sorted(FILES.glob("[!_]*.py"))]


def case_of(path: Path) -> Case:
    """A file with what it declares; it is not imported."""
    for statement in ast.parse(path.read_text()).body:
        if isinstance(statement, ast.Assign) and getattr(statement.targets[0], "id", "") == "PARITY":
            found: dict[str, Any] = ast.literal_eval(statement.value)
            return Case(path, **{key: tuple(value) if isinstance(value, list) else value for key, value in found.items()})
    return Case(path)


def locust_command() -> str | None:
    """The real Locust, installed into an environment of its own on first use; None where that is not possible."""
    if given := os.environ.get("PARITY_LOCUST"):
        return given
    home = ROOT / ".make" / "peers-venv"
    command = home / "bin" / "locust"
    if not command.exists():
        try:
            venv.create(home, with_pip=True)
            subprocess.run(
                [home / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check", f"locust=={RELEASE}"],
                check=True,
                capture_output=True,
                timeout=600,
            )
        except (OSError, subprocess.SubprocessError):
            return None
    return str(command)


def run(case: Case, locust: str, processes: int, folder: Path, *, ours: bool) -> Outcome:
    """Run a file with one of the two in a folder of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    with service() as server:
        url = f"http://127.0.0.1:{server.server_port}"
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("LOCUST_", "LOADCELL_"))}
        env = kept | {"HOME": str(folder), "PARITY_URL": url, "PYTHONUNBUFFERED": "1"} | case.env
        done = subprocess.run(
            _command(case, locust, processes, url, ours=ours),
            cwd=folder,
            env=env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
        )
        served = dict(server.served)
    return Outcome(
        code=done.returncode,
        requests=_requests(folder),
        failures=_failures(folder),
        exceptions=_exceptions(folder),
        traces=_traces(done.stdout, case),
        served=served,
        output=done.stdout + done.stderr,
    )


def _command(case: Case, locust: str, processes: int, url: str, *, ours: bool) -> list[str]:
    words = [str(case.path)]
    if case.script:
        python = str(Path(locust).with_name("python"))
        return [sys.executable, "-m", "loadcell", "python", *words] if ours else [python, *words]
    tool = [sys.executable, "-m", "loadcell", "run"] if ours else [locust]
    words = ["-f", *words, "--headless", "--only-summary", "--csv", "x", "--json-file", "x", *case.options]
    if case.host:
        words += ["-H", url]
    if "-u" not in case.options:
        words += ["-u", "10", "-r", "100"]  # Enough for the fixed counts of a file.
    if processes > 1:
        words += ["--processes", str(processes)]
        if not ours:
            port = str(_free_port())
            words += ["--expect-workers", str(processes), "--master-bind-port", port, "--master-port", port]
    return [*tool, *words]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _rows(folder: Path, name: str) -> list[dict[str, str]]:
    path = folder / f"x_{name}.csv"
    if not path.exists():
        return []
    csv.field_size_limit(10_000_000)
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def _requests(folder: Path) -> dict[str, tuple[int, int]]:
    # Locust's CSV files lack its last second.
    path = folder / "x.json"
    entries = json.loads(path.read_text()) if path.exists() else []
    return {f"{one['method']} {_plain(one['name'])}": (one["num_requests"], one["num_failures"]) for one in entries}


def _failures(folder: Path) -> dict[str, int]:
    found: Counter[str] = Counter()
    for row in _rows(folder, "failures"):
        found[f"{row['Method']} {_plain(row['Name'])}: {_unwrapped(_plain(row['Error']))}"] += int(row["Occurrences"])
    return dict(found)


def _exceptions(folder: Path) -> dict[str, int]:
    found: Counter[str] = Counter()
    for row in _rows(folder, "exceptions"):
        found[_plain(row["Message"])] += int(row["Count"])
    return dict(found)


def _plain(text: str) -> str:
    return _PORT.sub("PORT", text)


def _unwrapped(error: str) -> str:
    """What failure() was given, out of the CatchResponseError that Locust shows around it."""
    if error.startswith("CatchResponseError("):
        return str(ast.literal_eval(error.removeprefix("CatchResponseError(").removesuffix(")")))
    return error


def _traces(output: str, case: Case) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in output.splitlines():
        if line.startswith("TRACE "):
            part, _, text = line.removeprefix("TRACE ").partition(" ")
            found.setdefault(part, []).append(_plain(text))
    return {part: sorted(lines) if case.unordered or part == "worker" else lines for part, lines in found.items()}


def differences(case: Case, theirs: Outcome, ours: Outcome) -> list[str]:
    """What is not the same, one line each; those that are allowed begin with "allowed: "."""
    found: list[str] = []
    if theirs.code != ours.code:
        found.append(f"exit code: {theirs.code} → {ours.code}")
    for what in ("requests", "failures", "exceptions", "served"):
        found += _compare(what, getattr(theirs, what), getattr(ours, what), exact=case.exact)
    for part in sorted({*theirs.traces, *ours.traces}):
        before, after = theirs.traces.get(part, []), ours.traces.get(part, [])
        if not case.exact:
            before, after = list(dict.fromkeys(before)), list(dict.fromkeys(after))
        if before != after:
            found.append(f"traces of {part}: {before} → {after}")
    return [_judged(case, one) for one in found]


def _compare(what: str, theirs: dict[str, Any], ours: dict[str, Any], *, exact: bool) -> list[str]:
    found = []
    for key in sorted({*theirs, *ours}):
        before, after = theirs.get(key), ours.get(key)
        if before is None or after is None or (exact and before != after):
            found.append(f"{what}: {key}: {before} → {after}")
    return found


def _judged(case: Case, difference: str) -> str:
    for name, pattern, reason in ALLOWED:
        if name in ("*", case.name) and re.search(pattern, difference):
            return f"allowed: {reason}: {difference}"
    return difference
