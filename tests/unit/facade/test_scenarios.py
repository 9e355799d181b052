"""A scenario is a file, or a class in one."""

from __future__ import annotations

from pathlib import Path

import pytest

from loadcell.errors import ScenarioError
from loadcell.facade.scenarios import named
from loadcell.scenario import HttpUser


class Visitor(HttpUser):
    """At the top level of this file."""


def test_a_path_stays_as_it_is() -> None:
    assert named("a.py,b.py") == ("a.py,b.py", None)
    assert named(Path("tests/load.py")) == ("tests/load.py", None)


def test_a_class_stands_for_its_file() -> None:
    assert named(Visitor) == (str(Path(__file__).resolve()), "Visitor")


def test_a_class_within_a_function_can_not_be_loaded() -> None:
    class Hidden(HttpUser):
        pass

    with pytest.raises(ScenarioError, match=r"is not at the top level of .*test_scenarios\.py"):
        named(Hidden)


def test_a_class_of_a_notebook_has_no_file() -> None:
    made = type("Made", (HttpUser,), {"__module__": "builtins"})
    with pytest.raises(ScenarioError, match="The class Made is in no file") as caught:
        named(made)
    assert "%%writefile" in caught.value.hint
