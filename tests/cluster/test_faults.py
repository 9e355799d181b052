"""Some of the faults once; `make verify PART=cluster` has all of them, ten times each."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cluster.faults import CASES

SAMPLE = ("worker_killed", "worker_stands_still", "scheduler_killed")


@pytest.mark.parametrize("name", SAMPLE)
def test_a_run_bears_what_happens_to_its_cluster(name: str, tmp_path: Path) -> None:
    assert CASES[name](tmp_path).problems == []
