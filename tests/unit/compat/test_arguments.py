"""The scenario's own arguments."""

from __future__ import annotations

from typing import Any

import pytest

from loadcell.compat.arguments import describe_arguments, parse_options, scenario_parser
from loadcell.errors import UsageError
from loadcell.scenario.events import Events, Unhandled


@pytest.fixture
def events() -> Events:
    return Events(Unhandled())


def declare(events: Events, *flags: str, **keywords: Any) -> None:
    events.init_command_line_parser.add_listener(lambda parser: parser.add_argument(*flags, **keywords))


def parsed(events: Events, *words: str, **settled: Any) -> Any:
    return parse_options(scenario_parser(events), list(words), settled)


def test_own_arguments_and_settled_options_in_one_namespace(events: Events) -> None:
    declare(events, "--tenant", default="none")
    declare(events, "--depth", type=int, include_in_web_ui=True, default=1, is_required=False)
    options = parsed(events, "--tenant", "acme", users=5)
    assert (options.tenant, options.depth, options.users) == ("acme", 1, 5)


def test_settled_options_win(events: Events) -> None:
    declare(events, "--host", default="their own")
    assert parsed(events, host="http://127.0.0.1").host == "http://127.0.0.1"


@pytest.mark.parametrize(
    ("keywords", "text", "value"),
    [
        ({}, "acme", "acme"),
        ({"type": int}, "7", 7),
        ({"action": "store_true"}, "true", True),
        ({"action": "store_true"}, "0", False),
        ({"nargs": "*"}, "[a, b]", ["a", "b"]),
    ],
)
def test_arguments_from_the_environment(
    events: Events, monkeypatch: pytest.MonkeyPatch, keywords: dict[str, Any], text: str, value: object
) -> None:
    monkeypatch.setenv("LOCUST_OWN", text)
    declare(events, "--own", env_var="LOCUST_OWN", **keywords)
    assert parsed(events).own == value


def test_the_command_line_beats_the_environment(events: Events, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCUST_OWN", "from the environment")
    declare(events, "--own", env_var="LOCUST_OWN", required=True)
    assert parsed(events).own == "from the environment"
    assert parsed(events, "--own", "typed").own == "typed"


def test_several_values(events: Events) -> None:
    declare(events, "--own", nargs="*", is_multiple=True, is_secret=True)
    assert parsed(events, "--own", "a", "b").own == ["a", "b"]


def test_is_multiple_is_a_matter_of_the_page_and_takes_one_value_from_the_command_line(events: Events) -> None:
    declare(events, "--own", is_multiple=True)
    assert parsed(events, "--own", "a", "--own", "b").own == "b"


def test_an_unknown_word(events: Events) -> None:
    with pytest.raises(UsageError, match="'--tennant'"):
        parsed(events, "--tennant", "acme")


def test_a_value_that_does_not_fit(events: Events) -> None:
    declare(events, "--depth", type=int)
    with pytest.raises(UsageError, match=r"^Argument --depth: invalid int value: 'deep'\."):
        parsed(events, "--depth", "deep")


def test_the_description_for_a_help_text(events: Events) -> None:
    declare(events, "--tenant", help="whose data")
    declare(events, "--fast", action="store_true")
    assert describe_arguments(scenario_parser(events)) == [
        {"flags": ["--tenant"], "help": "whose data", "metavar": "TENANT", "secret": False},
        {"flags": ["--fast"], "help": "", "metavar": "", "secret": False},
    ]
