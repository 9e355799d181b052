"""What becomes of errors, and of verbs."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import NoReturn

import pytest

from loadcell.cli import main as command
from loadcell.cli.main import Verb, main
from loadcell.errors import ConfigError, TargetUnreachable


def verb_that_raises(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def run(words: list[str]) -> NoReturn:
        raise error

    monkeypatch.setitem(command.VERBS, "broken", Verb("a module", "is broken"))
    monkeypatch.setattr(command, "import_module", lambda name: SimpleNamespace(run=run))


def test_an_error_is_its_sentence_its_hint_and_its_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    verb_that_raises(monkeypatch, TargetUnreachable("Nothing answers.", "Start the service."))
    assert main(["broken"]) == 3
    assert capsys.readouterr() == ("", "error: Nothing answers.\n  Start the service.\n")


def test_every_mistake_has_its_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    verb_that_raises(monkeypatch, ConfigError(["one", "two"]))
    assert main(["broken"]) == 2
    assert capsys.readouterr().err == "error: one\nerror: two\n"


def test_the_unexpected_is_one_line_and_a_file(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    verb_that_raises(monkeypatch, ZeroDivisionError("by nought"))
    assert main(["broken"]) == 4
    told = capsys.readouterr().err
    assert told.startswith("internal error: ZeroDivisionError: by nought")
    assert "Traceback" not in told
    named = re.search(r"in (\S+)\)", told)
    assert named
    assert "Traceback" in Path(named[1]).read_text()


@pytest.mark.parametrize("words", [["--loglevel", "DEBUG"], ["--loglevel=debug"]])
def test_whoever_debugs_sees_the_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    verb_that_raises(monkeypatch, ZeroDivisionError("by nought"))
    assert main(["broken", *words]) == 4
    assert "Traceback" in capsys.readouterr().err


def test_ctrl_c_before_there_is_a_run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    verb_that_raises(monkeypatch, KeyboardInterrupt())
    assert main(["broken"]) == 130
    assert capsys.readouterr().err == "interrupted\n"


def test_a_command_that_does_not_exist(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["shwo", "last"]) == 2
    assert "There is no command 'shwo'; did you mean show?" in capsys.readouterr().err
