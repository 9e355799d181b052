"""The verdict and the objectives in words, for the terminal and the page alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from loadcell.objectives import NOT_JUDGED, TIMED_OUT, ObjectiveError, Result, parse_objective

Kind = Literal["good", "bad", "warn"]
MARKS: dict[Kind, str] = {"good": "✓", "bad": "✗", "warn": "–"}


@dataclass(frozen=True, slots=True)
class Headline:
    """The verdict in a word and in a sentence."""

    kind: Kind
    mark: str
    word: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Row:
    """How one objective was kept."""

    kind: Kind
    subject: str
    stage: str
    demand: str
    measured: str
    result: str
    """In a word; `reason` says more where there is more to say."""
    reason: str

    @property
    def marked(self) -> str:
        """The result, with a mark that tells it apart without colour."""
        return f"{MARKS[self.kind]} {self.result}"


def headline(verdict: str, results: Sequence[Result]) -> Headline | None:
    """The verdict; None for a run that nothing was demanded of."""
    judged = {result.text: True for result in results if result.passed is not None}
    judged |= {result.text: False for result in results if result.passed is False}
    unmeasured = len({result.text for result in results} - set(judged))
    left_out = f"; {unmeasured} could not be measured" if unmeasured else ""
    kept = sum(judged.values())
    match verdict:
        case "pass":
            all_ = "the objective was kept" if kept == 1 else f"all {kept} objectives were kept"
            return Headline("good", MARKS["good"], "Passed", all_ + left_out)
        case "fail":
            missed = {result.text for result in results if result.passed is False and result.was_judged}
            unjudged = len(judged) - kept - len(missed)
            return Headline("bad", MARKS["bad"], "Failed", _lost(len(missed), unjudged, len(judged)) + left_out)
        case "invalid":
            return Headline("warn", "!", "Invalid", "the load was not what was asked for: nothing is proven")
    return None


def _lost(missed: int, unjudged: int, all_: int) -> str:
    """How many of `all_` objectives were not kept, and how."""
    if all_ == 1:
        return f"the objective was {'missed' if missed else 'not judged'}"
    said: list[str] = []
    for number, what in ((missed, "missed"), (unjudged, "not judged")):
        if number:
            of_all = "" if said else f" of {all_} objectives"
            said.append(f"{number}{of_all} {'was' if number == 1 else 'were'} {what}")
    return "; ".join(said)


def rows(results: Sequence[Result]) -> list[Row]:
    """The objectives, one row for each stage it was judged in."""
    return [_row(result) for result in results]


def _row(result: Result) -> Row:
    subject, demand, measured = result.text, "", "time-out" if result.reason == TIMED_OUT else "–"
    try:
        objective = parse_objective(result.text)
        subject, demand = objective.subject, objective.demand
        measured = measured if result.measured is None else objective.shown(result.measured)
    except ObjectiveError:
        # Written by another version, whose grammar knew more.
        measured = measured if result.measured is None else f"{result.measured:g}"
    kind, word = _judgement(result)
    return Row(kind, subject, result.stage, demand, measured, word, result.reason.removeprefix(NOT_JUDGED))


def _judgement(result: Result) -> tuple[Kind, str]:
    if result.passed is None:
        return "warn", "not measured" if result.measured is None else "not proven"
    if result.passed:
        return "good", "passed"
    return "bad", "failed" if result.was_judged else "not judged"
