"""`import locust` in this process: our package under Locust's name, whether or not the real one is installed."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from loadcell.http.session import Session

NAME = "locust"
OURS = "loadcell.compat.locust"


class _Alias(MetaPathFinder, Loader):
    """Finds `locust.a.b` in our package: the very same module, so what a scenario patches there is what we use."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != NAME and not fullname.startswith(f"{NAME}."):
            return None
        found = find_spec(_ours(fullname))
        if found is None:
            return None
        return ModuleSpec(fullname, self, origin=found.origin, is_package=found.submodule_search_locations is not None)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        # The import system takes from here what a module puts in its own place.
        sys.modules[module.__name__] = import_module(_ours(module.__name__))


def _ours(name: str) -> str:
    return OURS + name.removeprefix(NAME)


def _become_requests(session: Session) -> Any:
    from loadcell.compat.requests_user import become_requests  # Only a client that asks for it pays for requests.

    return become_requests(session)


def install() -> None:
    """Answer every later `import locust` of this process."""
    Session.become_requests = _become_requests
    if not any(isinstance(finder, _Alias) for finder in sys.meta_path):
        for name in [name for name in sys.modules if name == NAME or name.startswith(f"{NAME}.")]:
            del sys.modules[name]
        sys.meta_path.insert(0, _Alias())
