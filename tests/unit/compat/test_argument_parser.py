"""Options as scripts parse them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from loadcell.compat import locust
from loadcell.compat.locust import argument_parser
from loadcell.compat.locust.argument_parser import (
    get_locustfiles_locally,
    get_parser,
    parse_locustfile_option,
    parse_options,
)
from loadcell.compat.locust.main import create_environment, merge_locustfiles_content
from loadcell.scenario.events import Events, Unhandled


@pytest.fixture(autouse=True)
def events(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Events:
    """Events of the test's own, in a folder and with variables of its own."""
    for name in list(os.environ):
        if name.startswith("LOCUST_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    own = Events(Unhandled())
    monkeypatch.setattr(locust, "events", own)
    return own


def declare(events: Events, *flags: str, **keywords: Any) -> None:
    events.init_command_line_parser.add_listener(lambda parser: parser.add_argument(*flags, **keywords))


def test_the_command_line_beats_a_variable_and_a_variable_beats_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "locust.conf").write_text("host = http://file\nusers = 5\nweb-port = 9000\nheadless\ntags = [a, b]\n")
    assert vars(parse_options([])) | {
        "host": "http://file",
        "num_users": 5,
        "web_port": 9000,
        "headless": True,
        "tags": ["a", "b"],
    } == vars(parse_options([]))
    monkeypatch.setenv("LOCUST_USERS", "6")
    assert parse_options([]).num_users == 6
    assert parse_options(["-u", "7"]).num_users == 7


def test_files_that_are_named(tmp_path: Path) -> None:
    (tmp_path / "named.toml").write_text("[tool.locust]\nrun-time = '2m'\nu = 3\n")
    options = parse_options(["--config", "named.toml"])
    assert (options.run_time, options.num_users, options.config) == (120, 3, "named.toml")
    (tmp_path / "own.conf").write_text("locustfile = own.py\n")
    assert get_parser(default_config_files=["own.conf", "not_there.conf"]).parse_args([]).locustfile == "own.py"


def test_a_scenarios_own_option_in_a_file(events: Events, tmp_path: Path) -> None:
    declare(events, "--tenant", default="none")
    (tmp_path / "locust.conf").write_text("tenant = acme\n")
    assert parse_options([]).tenant == "acme"


@pytest.mark.parametrize(
    ("text", "words"),
    [("tennant = acme", []), ("users = several", []), ("", ["--config", "no.conf"]), ("", ["--csv-full-history"])],
)
def test_mistakes_end_the_script(tmp_path: Path, text: str, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "locust.conf").write_text(text)
    with pytest.raises(SystemExit) as end:
        parse_options(words)
    assert end.value.code == 2
    assert ": error: " in capsys.readouterr().err


def test_what_a_page_would_show_of_the_scenarios_options(events: Events) -> None:
    declare(events, "--tenant", default="none", help="whose", choices=["none", "acme"], is_required=True)
    declare(events, "--key", is_secret=True)
    declare(events, "--ids", nargs="*", is_multiple=True)
    declare(events, "--internal", include_in_web_ui=False)
    found = argument_parser.ui_extra_args_dict(["--tenant", "acme"])
    assert sorted(found) == ["ids", "key", "tenant"]
    assert found["tenant"] == {
        "default_value": "acme",
        "is_secret": False,
        "is_required": True,
        "help_text": "whose",
        "is_multiple": False,
        "choices": ["none", "acme"],
    }
    assert (found["key"]["is_secret"], found["ids"]["is_multiple"]) == (True, True)


def test_the_scenario_is_found_before_its_own_options_are_known(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("")
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "b.py").write_text("")
    options = parse_locustfile_option(["-f", "a.py, more", "--tenant", "acme", "-u", "3"])
    assert (options.locustfile, options.master, options.worker) == ("a.py, more", False, False)
    assert get_locustfiles_locally(options) == [str(tmp_path / "a.py"), str(tmp_path / "more" / "b.py")]


def test_no_scenario_ends_the_script_with_one_sentence() -> None:
    with pytest.raises(SystemExit, match=r"There is no file nothing\.py"):
        get_locustfiles_locally(parse_locustfile_option(["-f", "nothing.py"]))


def test_several_files_and_an_environment_of_their_options(tmp_path: Path) -> None:
    (tmp_path / "parser_a.py").write_text(
        "from loadcell.compat.locust import User, LoadTestShape, task\n"
        "class A(User):\n    @task\n    def once(self): ...\n"
        "class Shape(LoadTestShape):\n    def tick(self): return None\n"
    )
    (tmp_path / "parser_b.py").write_text("from parser_a import A\nclass B(A): ...\n")
    classes, shapes, tasks, shape = merge_locustfiles_content(["parser_a.py", "parser_b.py"])
    assert sorted(classes) == sorted(tasks) == ["A", "B"]
    assert shapes == {"Shape": shape}
    options = parse_options(["-H", "http://127.0.0.1", "-s", "3", "--profile", "nightly"])
    found = create_environment(list(classes.values()), options, events=Events(Unhandled()), shape_class=shape)
    assert (found.host, found.stop_timeout, found.profile, found.shape_class) == ("http://127.0.0.1", 3.0, "nightly", shape)
