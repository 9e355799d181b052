"""Each fault once; `make verify PART=cluster` repeats them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cluster.faults import CASES


@pytest.mark.parametrize("name", CASES)
def test_a_run_bears_what_happens_to_its_cluster(name: str, tmp_path: Path) -> None:
    assert CASES[name](tmp_path).problems == []
