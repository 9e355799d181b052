"""Readers of a synthetic run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from loadcell.store import RunReader
from tests.synthetic import synthetic_run


@pytest.fixture(scope="session")
def shop_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The path of a finished run of two minutes."""
    return synthetic_run(tmp_path_factory.mktemp("runs"))


@pytest.fixture
def shop(shop_run: Path) -> Iterator[RunReader]:
    """A reader of that run."""
    with RunReader.open(shop_run) as reader:
        yield reader


@pytest.fixture
def make_run() -> Callable[..., Path]:
    """`synthetic_run`, for tests that need another length or load."""
    return synthetic_run
