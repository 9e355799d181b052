"""A cluster and a service that tests share, one after another."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.machines import Machines, machines
from tests.cluster.service import Service, service
from tests.integration.loadcell_command import Command


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    """Three workers."""
    with machines(tmp_path_factory.mktemp("cluster")) as found:
        yield found


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Service]:
    """A service that writes down what it gets."""
    with service(tmp_path) as found:
        yield found


@pytest.fixture
def command(tmp_path: Path, served: Service) -> Iterator[Command]:
    """Loadcell against that service; what it started is ended."""
    command = Command(tmp_path, served.url)
    yield command
    command.close()
