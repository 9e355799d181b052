"""Locust's names, answered by our implementation: `from loadcell.compat import Environment, HttpUser, events`.

Asking for the first name makes the standard library cooperative for this process, as `import locust` does; the modules
below can be imported without that.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_OWN = {"Environment": "loadcell.compat.locust.env", "RequestsUser": "loadcell.compat.requests_user"}


def __getattr__(name: str) -> Any:
    if name.startswith("_"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        return import_module(f"{__name__}.{name}")
    except ModuleNotFoundError as error:
        if error.name != f"{__name__}.{name}":
            raise
    _patch()
    return getattr(import_module(_OWN.get(name, f"{__name__}.locust")), name)


def _patch() -> None:
    from gevent import monkey

    if not monkey.is_module_patched("socket"):
        monkey.patch_all()
