"""A service's specification in few words, and what is written for it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from loadcell import scaffold

Write = Callable[..., str]
OBJECT = {"type": "object"}


def answered(schema: Any) -> dict[str, Any]:
    """The responses of an operation that answers this."""
    return {"200": {"description": "", "content": {"application/json": {"schema": schema}}}}


def taken(schema: Any, kind: str = "application/json", **more: Any) -> dict[str, Any]:
    """The body that an operation takes."""
    return {"content": {kind: {"schema": schema, **more}}}


def document(paths: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A specification with these paths."""
    return {"openapi": "3.1.0", "info": {"title": "Shop", "version": "1"}, "paths": paths, **more}


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes the scenario of a document; makes sure that it is Python as ruff would have it."""

    def written(spec: dict[str, Any], *, log: str = "", **options: Any) -> str:
        path = tmp_path / "spec.json"
        path.write_text(json.dumps(spec))
        if log:
            options["access_log"] = tmp_path / "access.log"
            options["access_log"].write_text(log)
        source = scaffold.from_specification(str(path), file="locustfile.py", **options).source
        check(source)
        return source

    return written


def check(source: str) -> None:
    """Fail where ruff finds something in a scenario, or would format it otherwise, in short lines and in long ones."""
    ruff = Path(sys.executable).with_name("ruff")
    config = Path(__file__).resolve().parents[3] / "pyproject.toml"
    for words in (
        ["check", "-q", "--config", str(config)],
        ["format", "-q", "--diff", "--isolated"],
        ["format", "-q", "--diff", "--isolated", "--config", "line-length=125"],
    ):
        command = [str(ruff), *words, "--no-cache", "--stdin-filename", "locustfile.py", "-"]
        done = subprocess.run(command, input=source, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{done.stdout}{done.stderr}\n{source}"
