"""What is run: a file, or a user class, which stands for the file that it is written in."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from loadcell.errors import ScenarioError

Scenario = str | os.PathLike[str] | type
"""A path, or a URL, of a scenario; several with commas between; a folder; a user class at the top level of a file."""


def named(scenario: Scenario) -> tuple[str, str | None]:
    """The scenario's file, and the user class in it where one was given. ScenarioError if a class has no file.

    Generators are processes of their own, which load the file: nothing of this process gets there.
    """
    if not isinstance(scenario, type):
        return os.fspath(scenario), None
    name = scenario.__qualname__
    module = sys.modules.get(scenario.__module__)
    file = getattr(module, "__file__", None)
    if file is None or not Path(file).is_file():
        raise ScenarioError(
            f"The class {name} is in no file, and the processes that carry load have to load it from one.",
            "Write it to a file, in a notebook with %%writefile locustfile.py, and name the file.",
        )
    if getattr(module, name, None) is not scenario:
        raise ScenarioError(
            f"The class {name} is not at the top level of {file}.", "Put it there: it is loaded from the file by its name."
        )
    return str(Path(file).resolve()), name
