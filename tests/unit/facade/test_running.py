"""What a call of the library settles, beside the files and variables around it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import loadcell
from loadcell.errors import ConfigError
from loadcell.facade.running import _settled


@pytest.mark.parametrize(
    ("keywords", "app", "host"),
    [
        ({}, "shop:app", "http://10.0.0.1"),
        ({"app": "shop:other"}, "shop:other", None),
        ({"host": "http://127.0.0.1:1"}, None, "http://127.0.0.1:1"),
        ({"app": "shop:other", "host": "http://127.0.0.1:1"}, "shop:other", "http://127.0.0.1:1"),
    ],
)
def test_what_the_call_names_is_loaded_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keywords: dict[str, Any], app: str | None, host: str | None
) -> None:
    (tmp_path / "locustfile.py").touch()
    (tmp_path / "loadcell.toml").write_text('app = "shop:app"\n')
    monkeypatch.setenv("LOCUST_HOST", "http://10.0.0.1")
    monkeypatch.chdir(tmp_path)
    config, _ = _settled("loadcell.run", "locustfile.py", keywords, ())
    assert (config.app, config.host) == (app, host)
    assert ("host" in config.given) is (host is not None)


def test_what_an_error_quotes_has_no_password(tmp_path: Path) -> None:
    (tmp_path / "locustfile.py").touch()
    with pytest.raises(ConfigError) as caught:
        loadcell.run(tmp_path / "locustfile.py", host="ftp://bob:hunter2@db/x")
    assert str(caught.value).startswith("--host 'ftp://bob:***@db/x' has the scheme 'ftp'")
    assert "hunter2" not in f"{caught.value!r} {caught.value.mistakes}"


def test_arguments_are_words() -> None:
    with pytest.raises(TypeError, match="takes arguments as a list of words"):
        loadcell.run("locustfile.py", arguments="--tenant 7")


def test_a_scenario_that_has_changed_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A notebook lives longer than a command."""
    users = "from loadcell import User, events\nclass Visitor(User): pass\n"
    (tmp_path / "locustfile.py").write_text(users)
    (tmp_path / "loadcell.toml").write_text('tenant = "7"\n')
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match="tenant is not an option"):
        _settled("loadcell.run", "locustfile.py", {}, ())
    option = "events.init_command_line_parser.add_listener(lambda parser: parser.add_argument('--tenant'))\n"
    (tmp_path / "locustfile.py").write_text(users + option)
    assert _settled("loadcell.run", "locustfile.py", {}, ())[0].arguments == ("--tenant=7",)
