"""Help, and what a newcomer's mistakes lead to: one sentence each, exit code 2, never a traceback."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Done, Shell


def refused(done: Done, *pieces: str) -> None:
    assert done.code == 2, done
    assert done.out == ""
    assert "Traceback" not in done.err
    for piece in pieces:
        assert piece in done.err


def test_help_without_a_scenario_lists_commands_and_options(shell: Shell) -> None:
    done = shell.run("--help")
    assert (done.code, done.err) == (0, "")
    for piece in ("usage: loadcell", "assess", "runs", "show", "report", "--run-time TIME", "--processes N"):
        assert piece in done.out


@pytest.mark.parametrize("verb", ["run", "runs", "show", "report", "compare", "retest", "sweep"])
def test_every_command_has_help(shell: Shell, verb: str) -> None:
    done = shell.run(verb, "--help")
    assert done.code == 0
    assert "usage: loadcell" in done.out


def test_version(shell: Shell) -> None:
    assert shell.run("-V").out.startswith("loadcell 0.")


def test_no_scenario_anywhere(shell: Shell) -> None:
    refused(shell.run("-H", "http://127.0.0.1:1"), "There is no file locustfile.py.", "-f FILE")


def test_a_scenario_that_is_missing(shell: Shell) -> None:
    refused(shell.run("-f", "nope.py"), "There is no file nope.py.")


def test_all_mistakes_at_once(shell: Shell) -> None:
    shell.write("pyproject.toml", "[tool.loadcell]\nusers = 'x'\n")
    done = shell.run("-H", "localhost:8000", "--run-time", "5x", LOCUST_SPAWN_RATE="fast")
    refused(
        done,
        "in pyproject.toml: [tool.loadcell] users = 'x': is not a whole number",
        "--host 'localhost:8000' has no scheme: write http://localhost:8000",
        "--run-time '5x' is not a duration",
        "LOCUST_SPAWN_RATE='fast': is not a number",
    )


def test_a_misspelt_option(shell: Shell) -> None:
    refused(shell.run("--heedless"), "--heedless is not an option; did you mean --headless?")


def test_a_key_that_is_no_option(shell: Shell) -> None:
    shell.write("locust.conf", "user = 5\n")
    refused(shell.run("--headless"), "in locust.conf: user is not an option; did you mean users?")


@pytest.mark.parametrize("option", ["--json", "--html", "--csv", "--logfile", "--json-file"])
def test_places_that_cannot_be_written_are_found_before_the_run(shell: Shell, option: str) -> None:
    shell.write("locustfile.py", "raise AssertionError('loaded')\n")
    shell.write("file", "")
    refused(shell.run(option, "file/result"), f"{option} 'file/result' can't be written: file is not a folder")


def test_a_folder_of_runs_that_cannot_be_written(shell: Shell) -> None:
    shell.write("locustfile.py", "raise AssertionError('loaded')\n")
    refused(shell.run("--runs-dir", "/proc/runs"), "--runs-dir '/proc/runs' can't be written")


def test_a_word_that_is_no_text(shell: Shell) -> None:
    refused(shell.run("-f", "load\udcff.py"), "error: 'load\\udcff.py' is no text in UTF-8")


def test_a_folder_is_no_file(shell: Shell) -> None:
    shell.write("locustfile.py", "")
    Path(shell.folder / "out").mkdir()
    refused(shell.run("--json", "out"), "--json 'out' is a folder: name a file")
