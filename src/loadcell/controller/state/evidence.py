"""What the verdict on a run rests on."""

from __future__ import annotations

from loadcell.controller.assessment.results import Conclusion
from loadcell.controller.judging import Demands, Judging
from loadcell.controller.totals import RunTotals
from loadcell.controller.verdict import Verdict, judge
from loadcell.errors import LoadcellError
from loadcell.plan import Course


class Evidence:
    """The figures of a run, how they stand to what is demanded, and what else decides on its exit code."""

    def __init__(self, demands: Demands, course: Course | None, exit_code_on_error: int) -> None:
        self.totals = RunTotals()
        self.judging = Judging(demands, course)
        self.conclusion: Conclusion | None = None
        """What the assessment found out, once it is over."""
        self.host = ""
        self.own_exit_code: int | None = None
        """The one that the scenario wants."""
        self.losses: list[str] = []
        """Sentences about processes that the run could not do without."""
        self.error: LoadcellError | None = None
        """Why the run never carried load."""
        self._exit_code_on_error = exit_code_on_error

    def verdict(self) -> Verdict:
        """The verdict over what was measured so far."""
        conclusion = self.conclusion
        if conclusion is None:
            invalid = self.judging.invalid() if self.judging.verdict_wanted else ()
            conclusion = Conclusion(results=self.judging.results(), invalid=invalid)
        return judge(
            self.totals,
            host=self.host,
            exit_code_on_error=self._exit_code_on_error,
            own_exit_code=self.own_exit_code,
            losses=tuple(self.losses),
            results=conclusion.results,
            invalid=conclusion.invalid,
            notes=conclusion.reasons,
        )

    def exit_code(self) -> int:
        """What the command would end with now."""
        return self.error.exit_code if self.error else self.verdict().exit_code
