"""The application of another module with the probe in it, for a server that is told `loadcell_probe.auto:app`.

LOADCELL_PROBE_APP says which: `module:app`, `module:holder.app`, or `module:make()` for a function that makes it; a plain
function without arguments is taken for one too. What goes wrong in that module comes out as it is.
"""

from __future__ import annotations

import importlib
import inspect
import os
from typing import Any

from loadcell_probe import install

APP_VARIABLE = "LOADCELL_PROBE_APP"


def load(name: str) -> Any:
    """Return the application that `module:attribute` names. Raises ImportError, or whatever the module raises."""
    module_name, _, attributes = name.partition(":")
    if not module_name or not attributes:
        raise ImportError(f"{APP_VARIABLE} must name the application as module:app, not {name!r}.")
    found: Any = importlib.import_module(module_name)
    for attribute in attributes.removesuffix("()").split("."):
        try:
            found = getattr(found, attribute)
        except AttributeError:
            raise ImportError(f'Attribute "{attributes}" not found in module "{module_name}".') from None
    return found() if attributes.endswith("()") or _is_factory(found) else found


def _is_factory(found: Any) -> bool:
    if not inspect.isfunction(found) or inspect.iscoroutinefunction(found):
        return False
    return all(
        parameter.default is not parameter.empty or parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
        for parameter in inspect.signature(found).parameters.values()
    )


app = install(load(os.environ.get(APP_VARIABLE, "")))
