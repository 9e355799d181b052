"""Every error says what happened, what to do, and which exit code it ends with."""

from __future__ import annotations

import pytest

from loadcell import errors
from loadcell.errors import ConfigError, GeneratorLost, LoadcellError, RunNotFound, ScenarioError, UsageError


def kinds(of: type[LoadcellError] = LoadcellError) -> list[type[LoadcellError]]:
    return [of, *(each for kind in of.__subclasses__() if kind.__module__ == errors.__name__ for each in kinds(kind))]


def test_the_tree_in_the_docstring_is_the_tree() -> None:
    drawn = {}
    for line in (errors.__doc__ or "").splitlines():
        words = line.lstrip("├└│─ ").split()
        if len(words) > 1 and words[0].isidentifier() and words[1].isdigit():
            drawn[words[0]] = int(words[1])
    assert drawn == {kind.__name__: kind.exit_code for kind in kinds()}


def test_a_message_with_its_hint() -> None:
    error = ScenarioError("There is no file shop.py.", "Name one with -f.")
    assert (error.message, error.hint, error.exit_code) == ("There is no file shop.py.", "Name one with -f.", 2)
    assert str(error) == "There is no file shop.py.\n  Name one with -f."
    assert str(GeneratorLost("It is gone.")) == "It is gone."


def test_mistakes_of_the_configuration_come_together() -> None:
    error = ConfigError(["users must be 1 or more", "no such plan"], "Correct both.")
    assert error.mistakes == ("users must be 1 or more", "no such plan")
    assert str(error) == "users must be 1 or more\nno such plan\n  Correct both."


@pytest.mark.parametrize("kind", [ConfigError, RunNotFound])
def test_what_was_typed_wrongly_is_usage(kind: type[LoadcellError]) -> None:
    assert issubclass(kind, UsageError)
