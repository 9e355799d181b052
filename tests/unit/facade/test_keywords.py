"""Keyword arguments: the options of a run, in Python's words."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from loadcell.cli.options import take_apart
from loadcell.config import OPTIONS
from loadcell.facade import assess
from loadcell.facade.keywords import _OF_THE_COMMAND, flags_of, words_of


@pytest.mark.parametrize(
    ("keywords", "flags"),
    [
        ({"users": 10, "spawn_rate": 2.5, "host": None}, {"users": "10", "spawn-rate": "2.5"}),
        ({"seconds": 5, "runs_dir": Path("kept")}, {"run-time": "5", "runs-dir": "kept"}),
        ({"objectives": "p95 < 300ms"}, {"objectives": ["p95 < 300ms"]}),
        ({"objective": ["p95 < 300ms", "rps > 5"]}, {"objectives": ["p95 < 300ms", "rps > 5"]}),
        ({"tags": ("a", "b"), "user_classes": "A"}, {"tags": ["a", "b"], "user-classes": ["A"]}),
        ({"read_only": True, "no_monitors": False}, {"read-only": True, "no-monitors": False}),
    ],
)
def test_values_become_what_a_command_line_would_say(keywords: dict[str, Any], flags: dict[str, Any]) -> None:
    assert flags_of("loadcell.run", keywords) == flags


@pytest.mark.parametrize(
    ("keyword", "sentence"),
    [
        ("user", "loadcell.run() has no argument 'user'; did you mean users?"),
        ("second", "loadcell.run() has no argument 'second'; did you mean seconds?"),
        ("html", "loadcell.run() has no argument 'html': Result.html(path) writes it"),
        ("run_time", "loadcell.run() has no argument 'run_time': say seconds=…"),
        ("web_port", "loadcell.run() has no argument 'web_port': it is an option of the command line only"),
    ],
)
def test_an_argument_that_there_is_not(keyword: str, sentence: str) -> None:
    with pytest.raises(TypeError) as caught:
        flags_of("loadcell.run", {keyword: 1})
    assert str(caught.value) == sentence


def test_every_option_is_taken_or_refused_by_name() -> None:
    taken = 0
    for option in OPTIONS.values():
        with suppress(TypeError):
            taken += bool(flags_of("f", {option.name.replace("-", "_"): "1"}))
    refused = {"locustfile", "run-time", "json", "html", "junit", "csv", "headless"}
    assert len(OPTIONS) - taken == len(refused) + len(_OF_THE_COMMAND)


def test_the_words_do_the_same_again() -> None:
    flags = {
        "users": "3",
        "objectives": ["p95 < 1s", "rps > 1"],
        "read-only": True,
        "user-classes": ["A", "B"],
        "tags": ["x"],
    }
    words = words_of(flags)
    assert take_apart(words, lambda flags, file: frozenset()).flags == flags


@pytest.mark.parametrize(
    ("keywords", "sentence"),
    [
        ({"effort": "slow"}, "has no effort 'slow': it is quick, usual or thorough"),
        ({"search_seconds": 0}, "got search_seconds=0, which is no number of seconds above 0"),
        ({"seconds": 5}, "has no argument 'seconds': an assessment decides on the load by itself"),
    ],
)
def test_an_assessment_decides_on_the_load(keywords: dict[str, Any], sentence: str) -> None:
    with pytest.raises(TypeError) as caught:
        assess("locustfile.py", **keywords)
    assert str(caught.value) == f"loadcell.assess() {sentence}"
