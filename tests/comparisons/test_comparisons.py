"""A sample of the comparisons whose answer is known."""

import numpy as np
import pytest

from tests.comparisons.__main__ import tally
from tests.comparisons.simulated import Service


@pytest.mark.parametrize("service", [Service(0.6), Service(0.6, noise=0.02)], ids=["one run a side", "five runs a side"])
def test_what_is_alike_is_not_called_different_and_what_is_slower_is_found(service: Service) -> None:
    found = tally(service, 15, np.random.default_rng(11))
    # 5 % may be, so of 15 pairs hardly ever four.
    assert found.different <= 3
    assert found.found >= 13
    assert found.held is not None
    assert all(good >= 0.85 * all_ for all_, good in found.held.values())
