"""A fixed sample of the comparisons; `make verify PART=parity` makes all of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.parity.allowed import ALLOWED
from tests.parity.coverage import COVERAGE
from tests.parity.harness import FILES, ROOT, Case, Outcome, case_of, cases, differences, locust_command, run

SAMPLE = [
    ("hooks_order", 2),
    ("catch_response", 1),
    ("failures_fast", 1),
    ("events_request", 1),
    ("flow", 1),
    ("messages", 2),
    ("stats_at_the_end", 2),
    ("library", 1),
]


@pytest.fixture(scope="session")
def locust() -> str:
    command = locust_command()
    if command is None:
        pytest.skip("the real Locust can't be installed here")
    return command


@pytest.mark.parametrize(("name", "processes"), SAMPLE)
def test_nothing_differs_that_is_not_on_the_list(name: str, processes: int, locust: str, tmp_path: Path) -> None:
    case = case_of(FILES / f"{name}.py")
    theirs = run(case, locust, processes, tmp_path / "theirs", ours=False)
    ours = run(case, locust, processes, tmp_path / "ours", ours=True)
    different = [one for one in differences(case, theirs, ours) if not one.startswith("allowed: ")]
    assert different == [], ours.output


def test_every_part_of_the_surface_has_files_and_every_file_a_part() -> None:
    covered = {name for names in COVERAGE.values() for name in names}
    assert covered == {case.name for case in cases()}
    assert len(covered) >= 60


def test_every_allowed_difference_is_in_the_document() -> None:
    document = (ROOT / "docs" / "locust-differences.md").read_text()
    assert [reason for _, _, reason in ALLOWED if f"| {reason} |" not in document] == []


def test_differences_are_found() -> None:
    case = Case(Path("x.py"))
    theirs = Outcome(0, {"GET /": (3, 0)}, traces={"user": ["a", "b"]})
    ours = Outcome(1, {"GET /": (2, 0), "GET /more": (1, 0)}, traces={"user": ["b", "a"]})
    assert differences(case, theirs, theirs) == []
    assert len(differences(case, theirs, ours)) == 4
    assert differences(Case(Path("x.py"), exact=False), theirs, ours)[0] == "exit code: 0 → 1"
