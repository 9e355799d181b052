"""Small helpers that scripts import from Locust."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def __getattr__(name: str) -> Any:
    # `import locust` alone makes them reachable.
    if name in ("cache", "date", "directory", "load_locustfile", "rounding", "timespan", "url"):
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module 'locust.util' has no attribute {name!r}")
