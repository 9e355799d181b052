"""Whose a word on the command line is."""

from __future__ import annotations

from pathlib import Path

import pytest

from loadcell.cli.options import Words, help_text, take_apart
from loadcell.config import Raw
from loadcell.errors import ConfigError, UsageError
from loadcell.surroundings.describe import Argument, Description


def apart(line: str, *own: str) -> Words:
    return take_apart(line.split(), lambda flags, config: own)


@pytest.mark.parametrize(
    ("line", "flags"),
    [
        ("", {}),
        ("-f a.py -H http://x -u 5", {"locustfile": "a.py", "host": "http://x", "users": "5"}),
        ("-u5 --spawn-rate=2", {"users": "5", "spawn-rate": "2"}),
        ("--headles --run 5m", {"headless": True, "run-time": "5m"}),
        ("--processes -1", {"processes": "-1"}),
        ("-T a b -E c -u 1", {"tags": ["a", "b"], "exclude-tags": ["c"], "users": "1"}),
        ("-u 5 One Two", {"users": "5", "user-classes": ["One", "Two"]}),
        ("One -u 5 Two", {"users": "5", "user-classes": ["One", "Two"]}),
        ("-T a -- One", {"tags": ["a"], "user-classes": ["One"]}),
        ("--json -u 5", {"json": True, "users": "5"}),
        ("--json out.json", {"json": "out.json"}),
        ("-f -", {"locustfile": "-"}),
        ("--master --web-port 80", {"master": True, "web-port": "80"}),
    ],
)
def test_our_own_words(line: str, flags: dict[str, Raw]) -> None:
    assert apart(line) == Words(flags, ())


@pytest.mark.parametrize(
    ("line", "arguments", "flags"),
    [
        ("--tenant acme -u 5", ("--tenant", "acme"), {"users": "5"}),
        ("-u 5 --tenant=acme", ("--tenant=acme",), {"users": "5"}),
        ("--offset -5 -u 5", ("--offset", "-5"), {"users": "5"}),
        ("-x 1 2 --verbose", ("-x", "1", "2", "--verbose"), {}),
    ],
)
def test_words_we_do_not_know_are_the_scenarios(line: str, arguments: tuple[str, ...], flags: dict[str, Raw]) -> None:
    def never(flags: dict[str, Raw], config: Path | None) -> tuple[str, ...]:
        raise AssertionError("there is nothing to ask the scenario")

    assert take_apart(line.split(), never) == Words(flags, arguments)


def test_an_objective_is_one_word_and_may_be_written_again() -> None:
    words = ["--objective", "p95 < 1s", "One", "--objective=rps >= 5"]
    found = take_apart(words, lambda flags, config: ())
    assert found.flags == {"objectives": ["p95 < 1s", "rps >= 5"], "user-classes": ["One"]}


def test_an_option_of_the_scenario_goes_before_a_short_form_of_ours() -> None:
    assert apart("--user admin --users 3", "user") == Words({"users": "3"}, ("--user", "admin"))


def test_an_option_of_the_scenario_may_look_like_a_misspelt_one_of_ours() -> None:
    assert apart("--hosts a", "hosts") == Words({}, ("--hosts", "a"))


def test_misspelt_options_are_told_with_what_was_meant() -> None:
    with pytest.raises(ConfigError) as caught:
        apart("--heedless --spawn-rat 5 --spwan-rate 5 --userz=3")
    assert caught.value.mistakes == (
        "--heedless is not an option; did you mean --headless?",
        "--spwan-rate is not an option; did you mean --spawn-rate?",
        "--userz is not an option; did you mean --users?",
    )


@pytest.mark.parametrize("line", ["-u", "--html -u 5", "--csv-full-history=yes"])
def test_what_argparse_refuses_is_a_usage_error(line: str) -> None:
    with pytest.raises(UsageError):
        apart(line)


@pytest.mark.parametrize(("line", "wanted"), [("-h", "help"), ("-f x.py --help", "help"), ("-V", "version"), ("-l", "list")])
def test_what_is_wanted_beside_a_run(line: str, wanted: str) -> None:
    assert apart(line).wanted == wanted


def test_a_configuration_file_is_found() -> None:
    assert apart("--config x.conf").config_file == Path("x.conf")


def test_the_help_lists_commands_options_and_those_of_the_scenario() -> None:
    own = [Argument(("--tenant",), "100% of the traffic", "TENANT"), Argument(("--flag",)), Argument(("--users",))]
    text = help_text("shop.py", Description([], own))
    for piece in ("show the figures of a stored run", "--run-time TIME", "of shop.py itself", "--tenant TENANT", "100% of"):
        assert piece in text
    assert "--master" not in text
    assert "of locustfile.py itself" not in help_text("locustfile.py", None)
