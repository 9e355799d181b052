"""What tests of whole runs share: a server of ours, and the command with a folder of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.loadcell_command import Command
from tests.target.launch import target_server


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """The address of a server that counts what it gets."""
    with target_server() as started:
        yield started


@pytest.fixture
def command(tmp_path: Path, url: str) -> Iterator[Command]:
    """Loadcell against that server; what it started is ended."""
    command = Command(tmp_path, url)
    yield command
    command.close()
