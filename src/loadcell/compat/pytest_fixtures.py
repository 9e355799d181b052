"""A plugin for pytest: the clients that test functions ask for by name. pytest hands the fixture in, a user calls it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from loadcell.http.fast import FastSession
from loadcell.http.session import Session


@pytest.fixture
def session(user: Any = None) -> Iterator[Session]:
    """A client as HttpUser has it."""
    client = Session(user.host, user.environment.events.request, user)
    yield client
    client.close()


@pytest.fixture
def fastsession(user: Any = None) -> Iterator[FastSession]:
    """A client as FastHttpUser has it."""
    client = FastSession(user.host, user.environment.events.request, user)
    yield client
    client.close()
