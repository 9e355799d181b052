"""Which of the processes that hold a listening socket accept connections."""

from __future__ import annotations

import pytest

from loadcell.monitors.listening import descendants, workers_among


@pytest.mark.parametrize(
    ("parents", "waiting", "workers"),
    [
        pytest.param({10: 1}, [], [10], id="one process"),
        pytest.param({10: 1, 11: 10, 12: 10}, [11, 12], [11, 12], id="a supervisor and its workers"),
        pytest.param({10: 1, 11: 10, 12: 10}, [11], [11, 12], id="a worker that is still starting"),
        pytest.param({10: 1, 11: 10, 12: 10}, [], [11, 12], id="workers that block in accept"),
        pytest.param({10: 1, 11: 10, 12: 10}, [10, 11, 12], [10], id="a worker that forked a pool"),
        pytest.param({10: 1, 11: 10, 12: 11, 13: 12}, [11], [11], id="a worker whose children forked"),
        pytest.param({11: 10, 12: 10}, [], [11, 12], id="a socket each, and a supervisor without"),
    ],
)
def test_workers(parents: dict[int, int | None], waiting: list[int], workers: list[int]) -> None:
    assert workers_among(parents, waiting) == workers


def test_all_that_come_from_a_process() -> None:
    assert descendants(10, {10: 1, 11: 10, 12: 11, 13: 1, 14: 12}) == [10, 11, 12, 14]
