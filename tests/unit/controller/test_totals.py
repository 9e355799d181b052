from __future__ import annotations

from loadcell.controller.totals import RunTotals
from loadcell.messages import MAX_ERRORS, OTHER_ERRORS, ErrorCount, Interval


def test_distinct_errors_are_bounded_and_none_is_lost() -> None:
    totals = RunTotals()
    for second in range(3):
        errors = [ErrorCount("GET", "/", f"error {n}", 1, 0, 1) for n in range(second * 400, second * 400 + 400)]
        totals.add(Interval(second, second, second + 1, 1, {}, [], [*errors, ErrorCount("GET", "/", "error 0", 1, 0, 1)]))
    assert len(totals.errors) == MAX_ERRORS + 1
    assert (totals.errors["error 0"], totals.errors[OTHER_ERRORS]) == (4, 700)
    assert totals.errors.total() == 1203
