"""Real PostgreSQL servers, made for a test and gone after it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from loadcell_shop import database

_INSTALLED = Path("/usr/lib/postgresql")
DEBIANS = pytest.mark.skipif(not list(_INSTALLED.glob("*/bin/initdb")), reason="no PostgreSQL is installed")


class _NothingInstalled(type(Path())):  # type: ignore[misc]
    """Paths of a machine without a PostgreSQL of its own."""

    def glob(self, *arguments: Any, **options: Any) -> Any:
        return iter(()) if self == _INSTALLED else super().glob(*arguments, **options)


@contextmanager
def postgres(which: str) -> Iterator[str]:
    """An empty PostgreSQL, that of "debian" or of the "wheel"; the URL of its superuser."""
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    folder.chmod(0o755)  # its account is not ours
    try:
        path = _NothingInstalled if which == "wheel" else Path
        with patch.object(database, "Path", path), database.running_postgres(folder / "data") as url:
            yield url
    finally:
        shutil.rmtree(folder, ignore_errors=True)
