"""The verdict on a run, its exit code and the reasons for it; pure.

Objectives decide, where there are any that a run can judge: `fail` (99) if one was missed, else `pass` (0), whatever failed.
A run whose generators were the limit is `invalid` (98) instead and passes none. Without objectives there is no verdict, and
the exit code tells whether requests or tasks failed. Before all that come a lost lead, a service that was never reached, and
the scenario's own exit code.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import msgspec

from loadcell.controller.objectives import sentence
from loadcell.controller.totals import RunTotals
from loadcell.errors import (
    EXIT_FAILED,
    EXIT_INTERNAL,
    EXIT_INVALID,
    EXIT_OBJECTIVE_FAILED,
    EXIT_PASSED,
    EXIT_UNREACHABLE,
)
from loadcell.objectives import Result

SILENT_S = 10.0
"""From when on it is told that no request ends any more."""
_UNREACHED = re.compile(r"(ConnectionRefusedError|ConnectTimeout|gaierror|SSL\w*Error)\(|OSError\((99|101|113), ")
"""How the failures of connections begin: nobody listens, no way there, no such name or address, no agreement on TLS."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the command ends with, and why, in sentences."""

    exit_code: int
    reasons: tuple[str, ...] = ()
    verdict: Literal["pass", "fail", "invalid", "none"] = "none"
    results: tuple[Result, ...] = ()
    """How the objectives were kept."""


def judge(
    totals: RunTotals,
    *,
    host: str,
    exit_code_on_error: int,
    own_exit_code: int | None = None,
    losses: tuple[str, ...] = (),
    results: Sequence[Result] = (),
    invalid: tuple[str, ...] = (),
    notes: tuple[str, ...] = (),
) -> Verdict:
    """The verdict over what was measured.

    `own_exit_code` is the scenario's; `losses` are sentences about processes that the run could not do without; `results`
    are those of the objectives; `invalid` says why the run says nothing about the service, where that is to count.
    """
    figures = _judge_figures(totals, host, exit_code_on_error)
    reasons = (*notes, *figures.reasons, *_silence(totals))
    measured = _judge_objectives(replace(figures, reasons=reasons), results, invalid)
    if losses:
        return replace(measured, exit_code=EXIT_INTERNAL, reasons=losses + measured.reasons)
    if own_exit_code is not None and own_exit_code != measured.exit_code:
        chosen = f"the scenario itself ended with exit code {own_exit_code}"
        return replace(measured, exit_code=own_exit_code, reasons=(chosen, *measured.reasons))
    return measured


def _judge_objectives(figures: Verdict, results: Sequence[Result], invalid: tuple[str, ...]) -> Verdict:
    """The verdict, where one was asked for; `figures` is what the exit code would be without."""
    missed = [sentence(result) for result in results if result.passed is False]
    unmeasured = [sentence(result) for result in results if result.passed is None]
    reasons = (*missed, *unmeasured, *figures.reasons)
    if figures.exit_code == EXIT_UNREACHABLE:
        return Verdict(EXIT_UNREACHABLE, (*figures.reasons, *missed), "fail" if missed else "none", tuple(results))
    if invalid:
        kept = tuple(_unproven(result) for result in results)
        return Verdict(EXIT_INVALID, (*invalid, *reasons), "invalid", kept)
    if missed:
        return Verdict(EXIT_OBJECTIVE_FAILED, reasons, "fail", tuple(results))
    if any(result.passed for result in results):
        return Verdict(EXIT_PASSED, reasons, "pass", tuple(results))
    return replace(figures, reasons=reasons, results=tuple(results))


def _unproven(result: Result) -> Result:
    """The same result in a run whose load was not what was asked for."""
    return msgspec.structs.replace(result, passed=None, reason="the run is invalid") if result.passed else result


def _judge_figures(totals: RunTotals, host: str, exit_code_on_error: int) -> Verdict:
    requests, failures = totals.requests, totals.failures
    if failures and failures == requests and _never_reached(totals):
        why, _ = totals.errors.most_common(1)[0]
        return Verdict(EXIT_UNREACHABLE, (f"no connection to {host or 'the target'} ever succeeded: {why}",))
    reasons = []
    if failures:
        reasons.append(f"{failures:,} of {_count(requests, 'request')} failed")
    if totals.exceptions:
        reasons.append(f"the scenario raised {_count(totals.exceptions, 'exception')}")
    if reasons:
        return Verdict(exit_code_on_error, tuple(reasons))
    if not requests:
        why = f"none of {_count(totals.interrupted, 'request')} ended" if totals.interrupted else "no request was sent"
        return Verdict(EXIT_FAILED, (why,))
    return Verdict(EXIT_PASSED)


def _silence(totals: RunTotals) -> tuple[str, ...]:
    """What the response times say nothing of: requests that were still waited for when nothing had come for long."""
    if not totals.requests or not totals.interrupted or totals.silent_s < SILENT_S:
        return ()
    waited = f"in the last {totals.silent_s:.0f} s no request ended, with {_count(totals.interrupted, 'request')} under way"
    return (f"{waited}: how long those would have taken is in no figure",)


def _never_reached(totals: RunTotals) -> bool:
    """Whether every failure was one to connect: a client of another protocol may fail without any connection of ours."""
    return not totals.connections and bool(totals.errors) and all(map(_UNREACHED.match, totals.errors))


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
