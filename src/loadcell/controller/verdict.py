"""The exit code of a run and the reasons for it; pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from loadcell.controller.totals import RunTotals
from loadcell.errors import EXIT_FAILED, EXIT_INTERNAL, EXIT_PASSED, EXIT_UNREACHABLE

_UNREACHED = re.compile(r"(ConnectionRefusedError|ConnectTimeout|gaierror|SSL\w*Error)\(|OSError\((99|101|113), ")
"""How the failures of connections begin: nobody listens, no way there, no such name or address, no agreement on TLS."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the command ends with, and why, in sentences."""

    exit_code: int
    reasons: tuple[str, ...] = ()


def judge(
    totals: RunTotals,
    *,
    host: str,
    exit_code_on_error: int,
    own_exit_code: int | None = None,
    losses: tuple[str, ...] = (),
) -> Verdict:
    """The verdict over what was measured.

    `own_exit_code` is the scenario's; `losses` are sentences about processes that the run could not do without.
    """
    measured = _judge_figures(totals, host, exit_code_on_error)
    if losses:
        return Verdict(EXIT_INTERNAL, losses + measured.reasons)
    if own_exit_code is not None and own_exit_code != measured.exit_code:
        chosen = f"the scenario itself ended with exit code {own_exit_code}"
        return Verdict(own_exit_code, (chosen, *measured.reasons))
    return measured


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
        return Verdict(EXIT_FAILED, ("no request was sent",))
    return Verdict(EXIT_PASSED)


def _never_reached(totals: RunTotals) -> bool:
    """Whether every failure was one to connect: a client of another protocol may fail without any connection of ours."""
    return not totals.connections and bool(totals.errors) and all(map(_UNREACHED.match, totals.errors))


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
