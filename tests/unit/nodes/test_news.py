from __future__ import annotations

import signal

import pytest

from loadcell.nodes.news import ProcessExit


@pytest.mark.parametrize(
    ("end", "told"),
    [
        (ProcessExit(-signal.SIGKILL), "killed by SIGKILL"),
        (ProcessExit(3), "it ended with exit code 3"),
        (ProcessExit(-200), "killed by signal 200"),
        (ProcessExit(None, "it could not be started: no such file"), "it could not be started: no such file"),
    ],
)
def test_the_end_of_a_process_in_words(end: ProcessExit, told: str) -> None:
    assert str(end) == told
