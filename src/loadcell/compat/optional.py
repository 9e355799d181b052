"""Libraries that only some users need: asked for by their users, and named with how to get them where they are missing."""

from __future__ import annotations

from importlib import import_module
from typing import Any


class MissingLibrary(ModuleNotFoundError):
    """A library is missing that one of Loadcell's extras brings; `hint` says how to get it."""

    def __init__(self, name: str, extra: str) -> None:
        super().__init__(f"there is no module named {name!r}", name=name)
        self.hint = f"pip install 'loadcell[{extra}]'"


def need(module: str, extra: str) -> Any:
    """The module; MissingLibrary says which extra of Loadcell brings it."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        raise MissingLibrary(error.name or module, extra) from error
