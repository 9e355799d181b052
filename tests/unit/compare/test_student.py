"""Student's t distribution, held to scipy's."""

import pytest
from scipy.special import stdtr, stdtrit

from loadcell.compare import student

FREEDOMS = (0.5, 1.0, 1.3, 2.0, 3.7, 9.0, 17.9, 60.0, 1000.0, 1e5)


@pytest.mark.parametrize("freedom", FREEDOMS)
def test_the_distribution(freedom: float) -> None:
    for t in (-50.0, -5.0, -1.0, 0.0, 0.3, 2.0, 8.0, 50.0):
        assert student.share_below(t, freedom) == pytest.approx(stdtr(freedom, t), abs=1e-11)


@pytest.mark.parametrize("freedom", FREEDOMS)
def test_its_quantiles(freedom: float) -> None:
    for share in (0.02, 0.5, 0.6, 0.9, 0.975, 0.99, 0.999, 0.99999):
        assert student.quantile(share, freedom) == pytest.approx(stdtrit(freedom, share), rel=1e-8, abs=1e-8)
