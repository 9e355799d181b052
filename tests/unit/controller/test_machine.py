from __future__ import annotations

import platform
import subprocess
from pathlib import Path

from loadcell.controller.machine import describe_machine


def test_the_machine_is_described_without_a_repository_too(tmp_path: Path) -> None:
    found = describe_machine(tmp_path / "shop.py")
    assert found["cores"] >= 1
    assert found["memory_mb"] > 100
    assert found["python"] == platform.python_version()
    assert found["versions"]["gevent"][0].isdigit()
    assert "git_revision" not in found


def test_the_revision_tells_of_changes_that_are_not_committed(tmp_path: Path) -> None:
    scenario = tmp_path / "shop.py"

    def revision(text: str, *words: str) -> str:
        scenario.write_text(text)
        if words:
            subprocess.run(["git", "-C", str(tmp_path), *words], check=True, capture_output=True)
        return str(describe_machine(scenario)["git_revision"])

    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    scenario.write_text("a")
    subprocess.run(["git", "-C", str(tmp_path), "add", "."], check=True)
    committed = revision("a", "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "-m", "a")
    assert len(committed) == 40
    changed, otherwise = revision("b"), revision("c")
    assert changed.startswith(f"{committed}+")
    assert len({committed, changed, otherwise}) == 3
    assert revision("a") == committed
