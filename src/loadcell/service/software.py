"""Which Python a process runs, and which versions of the libraries that decide about a web service's speed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

PACKAGES = (
    "uvicorn", "gunicorn", "hypercorn", "granian", "daphne", "fastapi", "starlette", "django", "flask", "litestar",
    "aiohttp", "pydantic", "uvloop", "httptools", "sqlalchemy", "asyncpg", "psycopg", "psycopg2-binary", "orjson", "gevent",
)  # fmt: skip
_VERSION = re.compile(r"^version(?:_info)?\s*=\s*(\d+(?:\.\d+)+)", re.MULTILINE)
_FOLDER = re.compile(r"python(\d+\.\d+)")


def software_of(interpreter: Path) -> dict[str, object]:
    """`python` and `versions` of the installation that an interpreter's path belongs to; empty where it is none."""
    prefix = interpreter.parent.parent
    folders = sorted(prefix.glob("lib/python3*/site-packages")) + sorted(prefix.glob("lib/python3*/dist-packages"))
    found: dict[str, object] = {}
    if python := _python(prefix, interpreter):
        found["python"] = python
    versions = dict(sorted(pair for folder in folders for pair in _versions(folder)))
    if versions:
        found["versions"] = versions
    return found


def _python(prefix: Path, interpreter: Path) -> str | None:
    try:
        if match := _VERSION.search((prefix / "pyvenv.cfg").read_text(errors="replace")):
            return match[1]
    except OSError:
        pass
    try:
        match = _FOLDER.search(interpreter.resolve().name)
    except OSError:
        return None
    return match[1] if match else None


def _versions(folder: Path) -> Iterator[tuple[str, str]]:
    try:
        names = [path.name for path in folder.glob("*.dist-info")]
    except OSError:
        return
    for name in names:
        package, _, version = name.removesuffix(".dist-info").partition("-")
        if (known := package.lower().replace("_", "-")) in PACKAGES:
            yield known, version
