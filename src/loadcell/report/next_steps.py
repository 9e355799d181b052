"""What to do after a run, by what it has shown: the next step of the method first; pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from loadcell.report.assessment import figure
from loadcell.text import HIDDEN

_MOST_FAIL = 0.5
_HELD = 0.7
"""Of the capacity: what is held for long has to leave room for what grows."""
_OF_WORKERS = ("too_few_workers", "too_many_workers")
_STATED = ("p95 < 300ms", "error_rate < 1%")


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do."""

    words: str
    command: str = ""
    """What does it, if a command can."""


def steps(result: Mapping[str, Any]) -> list[Step]:
    """What to do next by a result document; empty while the run is under way."""
    return [] if result["run"]["state"] == "running" else list(_steps(result))


def _steps(result: Mapping[str, Any]) -> Iterator[Step]:
    run, total, findings = result["run"], result["total"], result["findings"]
    if result["verdict"] == "invalid" or not result["generator"]["valid"]:
        yield Step(
            "Give the generators more room (--processes N, other cores than the service's, further machines), or ask for "
            "less load: of the service nothing is proven before that."
        )
        return
    if not total["requests"]:
        yield Step("No request was answered: see under Errors and Events why, and whether the host is the right one.")
        return
    if total["error_rate"] >= _MOST_FAIL and result["errors"]:
        worst = max(result["errors"], key=lambda error: int(error["occurrences"]))
        yield Step(f"Look first at why requests fail: {worst['method']} {worst['name']}: {worst['error']}")
    capacity = result["capacity"]
    if findings:
        yield Step("Do what the cause named first advises, and change nothing else, so that its effect can be told.")
        yield from _again(run, is_assessment=capacity is not None)
        yield from _settings(run, findings[0]["code"])
    elif result["diagnosis"]["sources"] == ["client"]:
        yield Step(
            "Let the service be seen from inside, for the cause to be named: start it with --app, or install the probe."
        )
    if not result["objectives"]:
        stated = " ".join(f"--objective {shlex.quote(text)}" for text in _STATED)
        yield Step("Say what has to hold, for the run to end in a verdict.", stated)
    if capacity is None:
        words = "Find out how much it carries, where it breaks, and whether it recovers."
        yield Step(words, f"loadcell assess {_target(run)}{_objectives(result)}")
    elif not findings:
        level, unit = (capacity["users"], "-u") if capacity["users"] is not None else (capacity["rate"], "--rate")
        held = max(1, round(_HELD * level))
        words = (
            f"Hold {figure(held)} {'users' if unit == '-u' else '/s'}, {_HELD:.0%} of the capacity, for long: what grows?"
        )
        yield Step(words, f"loadcell run {_target(run)} --plan soak {unit} {held}{_objectives(result)}")


def _again(run: Mapping[str, Any], *, is_assessment: bool) -> Iterator[Step]:
    """The same once more, compared with this run."""
    if not run["command"]:
        return
    hidden = HIDDEN in run["command"]
    masked = " Give again behind -- what is secret in its command, which is not stored." if hidden else ""
    # An assessment knows its interval by itself, and takes long.
    command = f"loadcell retest {run['id']} -n {1 if is_assessment else 3}{' -- …' if hidden else ''}"
    yield Step(f"Then run the same again: did it get better, and has the cause gone, or moved?{masked}", command)


def _settings(run: Mapping[str, Any], code: str) -> Iterator[Step]:
    """Which number of workers, where they are the cause."""
    if code not in _OF_WORKERS:
        return
    words = shlex.split(run["command"])
    app = next((value for word, value in pairwise(words) if word == "--app"), None)
    scenario = f"-f {shlex.quote(run['scenario'])} " if run["scenario"] else ""
    service = f"--app {shlex.quote(app)} --workers 1,2,4" if app else "--workers 1,2,4 -- COMMAND with {workers} and {port}"
    yield Step("Or try which number of workers is right.", f"loadcell sweep {scenario}{service}")


def _target(run: Mapping[str, Any]) -> str:
    words = ["-f", run["scenario"]] if run["scenario"] else []
    return shlex.join([*words, "-H", run["host"]] if run["host"] else words)


def _objectives(result: Mapping[str, Any]) -> str:
    texts = dict.fromkeys(objective["text"] for objective in result["objectives"])
    return "".join(f" --objective {shlex.quote(text)}" for text in texts)
