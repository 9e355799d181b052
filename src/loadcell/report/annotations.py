"""What a job of GitHub Actions is told about: workflow commands for missed objectives, invalid runs and regressions."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Literal

from loadcell.compare import Comparison
from loadcell.errors import EXIT_OBJECTIVE_FAILED, EXIT_PASSED
from loadcell.report import verdict
from loadcell.report.compared import words
from loadcell.report.document import generator_of
from loadcell.report.grid import cut_middle
from loadcell.store import RunReader
from loadcell.text import one_line

MOST = 10
"""So many of each level are shown of one step."""
LONGEST = 4000
"""Characters of a message, which GitHub shows up to 64 KB of."""


@dataclass(frozen=True, slots=True)
class Annotation:
    """One sentence that is shown at the job."""

    level: Literal["error", "warning"]
    title: str
    message: str

    @property
    def command(self) -> str:
        """The workflow command, on a line of its own. What a service has sent stays a part of the message."""
        title = _data(self.title).replace(":", "%3A").replace(",", "%2C")
        return f"::{self.level} title={title}::{_data(cut_middle(self.message, LONGEST))}"


def of_run(reader: RunReader) -> list[Annotation]:
    """A missed objective and an invalid run are errors; so is what else ends it with an exit code."""
    return _most(list(_of_run(reader)))


def of_comparison(comparison: Comparison, fail_on: Collection[str] = ()) -> list[Annotation]:
    """What regressed, as an error where the command was asked to fail on it; and what is not known, where it was asked."""
    return _most(list(_of_comparison(comparison, fail_on)))


def _of_run(reader: RunReader) -> Iterator[Annotation]:
    # What explains all the others comes first, for not all may be shown.
    why = "; ".join(reader.reasons)
    if reader.verdict == "invalid":
        yield Annotation("error", "Load test invalid", f"nothing is proven: {why}")
    elif reader.exit_code not in (EXIT_PASSED, EXIT_OBJECTIVE_FAILED):
        yield Annotation("error", "Load test failed", why or f"exit code {reader.exit_code}")
    for result, row in zip(reader.objectives, verdict.rows(reader.objectives), strict=True):
        judged = f"{result.text} in {row.stage}" if row.stage else result.text
        if row.kind == "bad":
            measured = "" if row.measured == "–" else f"measured {row.measured}"
            found = ": ".join(filter(None, [measured, row.reason]))
            title = "Objective missed" if result.was_judged else "Objective not judged"
            yield Annotation("error", title, f"{judged}: {found or row.result}")
        elif row.kind == "warn" and reader.verdict != "invalid":
            yield Annotation("warning", "Objective not measured", f"{judged}: {row.reason or row.result}")
    if reader.verdict != "invalid":
        for reason in generator_of(reader)["reasons"]:
            yield Annotation("warning", "Load test invalid", reason)


def _of_comparison(comparison: Comparison, fail_on: Collection[str]) -> Iterator[Annotation]:
    for row in comparison.judged:
        if row.why or row.verdict not in {"regressed", *fail_on}:
            continue
        shown = words.cells(row)
        change = f"{shown.before} → {shown.after}, {shown.effect} ({shown.interval})"
        level: Literal["error", "warning"] = "error" if row.verdict in fail_on else "warning"
        yield Annotation(level, row.verdict.capitalize(), f"{shown.figure} of {shown.entry}: {change}")


def _most(found: list[Annotation]) -> list[Annotation]:
    """At most so many of each level; the last one says how many are left out."""
    shown: list[Annotation] = []
    for level in ("error", "warning"):
        of_level = [one for one in found if one.level == level]
        if (left := len(of_level) - MOST + 1) > 1:
            of_level[MOST - 1 :] = [Annotation(level, of_level[-1].title, f"and {left} more: see the summary of the job")]
        shown += of_level
    return shown


def _data(text: str) -> str:
    return one_line(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
