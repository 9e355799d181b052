"""What the processes of a load test import, as the test does."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from loadcell.pytest_plugin import _importable


@pytest.mark.parametrize(
    ("root", "prefix", "path", "expected"),
    [
        ("/home/a/shop", "/usr", ["", "/home/a/shop/src", "/usr/lib/python3.11"], ["/home/a/shop/src"]),
        ("/home/a/shop", "/home/a/shop/.venv", ["/home/a/shop", "/home/a/shop/.venv/lib/x"], ["/home/a/shop"]),
        ("/usr/src/app", "/usr", ["/usr/src/app/src", "/usr/lib/python3/dist-packages"], ["/usr/src/app/src"]),
    ],
)
def test_what_lies_beneath_the_root_folder_can_be_imported(
    monkeypatch: pytest.MonkeyPatch, root: str, prefix: str, path: list[str], expected: list[str]
) -> None:
    monkeypatch.setattr(sys, "path", path)
    monkeypatch.setattr(sys, "prefix", prefix)
    assert _importable(Path(root)) == expected
