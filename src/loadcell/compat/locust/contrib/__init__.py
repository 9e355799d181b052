"""Clients and users for what is not plain HTTP; each needs its own library, which is imported with it."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def __getattr__(name: str) -> Any:
    # The only one that `import locust` alone makes reachable.
    if name == "fasthttp":
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module 'locust.contrib' has no attribute {name!r}")
