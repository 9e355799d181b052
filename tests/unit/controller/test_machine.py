from __future__ import annotations

import platform
from pathlib import Path

from loadcell.controller.machine import describe_machine


def test_the_machine_is_described_without_a_repository_too(tmp_path: Path) -> None:
    found = describe_machine(tmp_path / "shop.py")
    assert found["cores"] >= 1
    assert found["memory_mb"] > 100
    assert found["python"] == platform.python_version()
    assert found["versions"]["gevent"][0].isdigit()
    assert "git_revision" not in found
