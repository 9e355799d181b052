"""What a run ended with, for a program: everything is read from its file."""

from __future__ import annotations

import io
import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loadcell.config import closest
from loadcell.errors import EXIT_PASSED, UsageError
from loadcell.facade.quoted import quoted
from loadcell.store import RunReader

if TYPE_CHECKING:
    from pandas import DataFrame
    from plotly.graph_objects import Figure


class Result:
    """One run. Shown as the tables of the terminal where it is printed, and as a small table in a notebook."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        """Its file, which `loadcell show`, `report` and `compare` take too."""

    @cached_property
    def document(self) -> dict[str, Any]:
        """The result document, as `loadcell show --json` prints it."""
        from loadcell.report import document

        with RunReader.open(self.path) as reader:
            return document(reader)

    @property
    def id(self) -> str:
        """The run's id."""
        return str(self.document["run"]["id"])

    @property
    def verdict(self) -> str:
        """pass, fail, invalid, or none where nothing was demanded."""
        return str(self.document["verdict"])

    @property
    def exit_code(self) -> int | None:
        """What the command would have ended with; None for a run that has not ended, or was killed."""
        code: int | None = self.document["run"]["exit_code"]
        return code

    @property
    def passed(self) -> bool:
        """Whether every objective was kept; without objectives, whether everything succeeded."""
        return self.exit_code == EXIT_PASSED

    @property
    def reasons(self) -> list[str]:
        """Why it ended so, in sentences."""
        return list(self.document["reasons"])

    @property
    def objectives(self) -> list[dict[str, Any]]:
        """How each objective was kept in each stage: text, stage, measured, passed, reason."""
        return list(self.document["objectives"])

    @property
    def total(self) -> dict[str, Any]:
        """The figures of all requests: requests, failures, error_rate, rps, ok_rps, p95_ms …"""
        return dict(self.document["total"])

    @property
    def entries(self) -> list[dict[str, Any]]:
        """The same of each entry, with its method and name."""
        return list(self.document["entries"])

    def to_pandas(self) -> dict[str, DataFrame]:
        """`timeline` (by second), `entries`, `stages`, `errors` and `server` (the service's signals by second).

        UsageError where pandas is not installed.
        """
        from loadcell.facade.frames import frames

        with RunReader.open(self.path) as reader:
            return frames(reader, self.document)

    @cached_property
    def figures(self) -> dict[str, Figure]:
        """The figures of the report by name, those that show something; a notebook draws each that a cell ends with."""
        from loadcell import charts
        from loadcell.report.figures import figures

        with RunReader.open(self.path) as reader:
            found = {**figures(reader, self.document), "distribution": charts.distribution(reader.total())}
        return {name: figure for name, figure in found.items() if figure.data}

    def figure(self, name: str) -> Figure:
        """One figure, for example throughput or response_times. UsageError names those there are."""
        if name not in self.figures:
            known = ", ".join(self.figures)
            raise UsageError(f"There is no figure {name!r} of this run{closest(name, self.figures)}.", f"It has {known}.")
        return self.figures[name]

    def html(self, path: str | os.PathLike[str]) -> Path:
        """Write the report, one page that opens offline, and return its path. UsageError if it can't be written."""
        from loadcell.report import write_html

        with RunReader.open(self.path) as reader:
            write_html(reader, Path(path))
        return Path(path)

    def junit(self, path: str | os.PathLike[str]) -> Path:
        """Write the objectives as test cases of JUnit and return the file's path. UsageError if it can't be written."""
        from loadcell.report import write_junit

        with RunReader.open(self.path) as reader:
            write_junit(reader, Path(path))
        return Path(path)

    def __repr__(self) -> str:
        return f"<Result of {self.id}: verdict {self.verdict}, exit code {self.exit_code}>"

    def __str__(self) -> str:
        from rich.console import Console

        from loadcell.report import print_summary

        out = io.StringIO()
        # In a notebook Rich would show its output by itself, and `out` would stay empty.
        console = Console(file=out, width=120, force_terminal=False, force_jupyter=False, color_system=None)
        with RunReader.open(self.path) as reader:
            print_summary(reader, console)
        return quoted(out.getvalue().rstrip())

    def _repr_html_(self) -> str:
        from loadcell.facade.notebook import table

        with RunReader.open(self.path) as reader:
            return table(reader, self.document)
