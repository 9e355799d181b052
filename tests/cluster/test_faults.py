"""Each fault once; `make verify PART=cluster` repeats them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cluster.faults import CASES, NEED_NETWORK
from tests.cluster.network import why_no_network


@pytest.mark.parametrize("name", CASES)
def test_a_run_bears_what_happens_to_its_cluster(name: str, tmp_path: Path) -> None:
    if name in NEED_NETWORK and (why := why_no_network()):
        pytest.skip(why)
    assert CASES[name](tmp_path).problems == []
