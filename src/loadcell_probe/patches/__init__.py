"""Makes libraries tell what they do, each only where the service imports it, whether before the probe came or after.

One module a library, whose `apply(counters)` is called once, after the library's own import.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from typing import Any

from loadcell_probe.counters import Counters

# The module whose import has to be complete → ours.
PATCHES = {
    "aiohttp": "loadcell_probe.patches.aiohttp",
    "anyio._backends._asyncio": "loadcell_probe.patches.anyio",
    "asyncpg": "loadcell_probe.patches.asyncpg",
    "concurrent.futures.thread": "loadcell_probe.patches.executors",
    "http.client": "loadcell_probe.patches.http_client",
    "httpx": "loadcell_probe.patches.httpx",
    "psycopg": "loadcell_probe.patches.psycopg",
    "psycopg_pool": "loadcell_probe.patches.psycopg_pool",
    "sqlalchemy": "loadcell_probe.patches.sqlalchemy",
}


class Patches:
    """Applies each patch once; a patch that fails is noted, and the library goes on as it was."""

    def __init__(self, counters: Counters, patches: dict[str, str] | None = None) -> None:
        self._counters = counters
        self._pending = dict(PATCHES if patches is None else patches)

    def start(self) -> None:
        """Patch what is imported, and what will be."""
        for name in list(self._pending):
            if is_complete(name):
                self.apply(name)
        sys.meta_path.insert(0, self)

    def apply(self, name: str) -> None:
        """Patch a library that has been imported."""
        module = self._pending.pop(name, None)
        if module is None:
            return
        try:
            importlib.import_module(module).apply(self._counters)
        except Exception as error:
            self._counters.not_seen(name.partition(".")[0], error)

    def find_spec(self, name: str, path: Sequence[str] | None, target: Any = None) -> ModuleSpec | None:
        """Answer for the libraries that wait for their patch, with what the other finders say."""
        if name not in self._pending:
            return None
        for finder in sys.meta_path:
            if finder is not self and hasattr(finder, "find_spec"):
                spec = finder.find_spec(name, path, target)
                if spec is not None:
                    if hasattr(spec.loader, "exec_module"):
                        spec.loader = _Loader(spec.loader, self)  # type: ignore[assignment]
                    return spec
        return None


class _Loader:
    """A library's loader, which has the library patched once it is loaded, and gives its place back before that."""

    def __init__(self, loader: Any, patches: Patches) -> None:
        self._loader = loader
        self._patches = patches

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["_loader"], name)

    def create_module(self, spec: ModuleSpec) -> Any:
        return self._loader.create_module(spec)

    def exec_module(self, module: Any) -> None:
        module.__spec__.loader = module.__loader__ = self._loader
        self._loader.exec_module(module)
        self._patches.apply(module.__name__)


def is_complete(name: str) -> bool:
    """Whether a module has been imported, to its end."""
    module = sys.modules.get(name)
    return module is not None and not getattr(getattr(module, "__spec__", None), "_initializing", False)
