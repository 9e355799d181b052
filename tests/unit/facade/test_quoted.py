"""In a job of GitHub Actions a runner reads what is logged and printed."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from loadcell.facade import Result, logged
from loadcell.facade.quoted import quoted
from loadcell.messages import Log
from tests.synthetic import steady_run

SAID = "ended. The last that it wrote:\n  ::add-mask::e\n\n::error::owned a::b ##[error]c"
QUOTED = "ended. The last that it wrote:\n  :\u200b:add-mask::e\n\n:\u200b:error::owned a::b ##\u200b[error]c"


@pytest.mark.parametrize(("here", "expected"), [("true", QUOTED), ("false", SAID), ("", SAID)])
def test_no_line_is_a_command(monkeypatch: pytest.MonkeyPatch, here: str, expected: str) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", here)
    assert quoted(SAID) == expected


def test_nothing_that_a_run_says_is_a_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    logged.warn([SAID])
    logged.log("1", Log("ERROR", "locust", SAID, 0.0))
    assert caplog.record_tuples == [("loadcell", logging.WARNING, QUOTED), ("locust", logging.ERROR, QUOTED)]
    logged.output("1", "stdout", "::error::owned")
    assert capsys.readouterr().out == ":\u200b:error::owned\n"
    result = Result(steady_run(tmp_path, "a", seconds=5, entries=(("", "::error::owned", 1.0),)))
    assert not [line for line in str(result).splitlines() if line.strip().startswith("::")]
