"""`loadcell demo`: the shop is assessed, and nothing of it is left, however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from loadcell.cli.commands import demo
from loadcell.errors import UsageError
from tests.integration.loadcell_command import wait_until

if TYPE_CHECKING:
    from tests.cli.conftest import Shell


def test_what_was_measured_until_ctrl_c_is_reported_and_everything_is_stopped(tmp_path: Path) -> None:
    # Not tmp_path for the database: as root PostgreSQL runs under another account, which may not enter pytest's directories.
    with tempfile.TemporaryDirectory(prefix="demo-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        command = [sys.executable, "-m", "loadcell", "demo", "--data", f"{folder}/data", "--html", "report.html"]
        said = tmp_path / "said"
        with said.open("w") as output:
            process = subprocess.Popen(command, cwd=tmp_path, stdout=output, stderr=output)
        try:
            wait_until(lambda: " baseline " in said.read_text() or process.poll() is not None, "it began", 60)
            family = psutil.Process(process.pid).children(recursive=True)
            assert family
            process.send_signal(signal.SIGINT)
            process.wait(60)
        finally:
            if process.poll() is None:
                process.kill()
        assert process.returncode == 99, said.read_text()
        assert "broken off in the phase “baseline”" in said.read_text()
        assert "/login" in (tmp_path / "report.html").read_text()
        wait_until(lambda: not any(each.is_running() for each in family), "the shop's workers are gone")
        assert not list(Path(folder).glob("data/*/postmaster.pid"))


def test_mistakes(shell: Shell) -> None:
    assert "PostgreSQL" in shell.run("demo", "--help").out
    done = shell.run("demo", "--workers", "0")
    assert (done.code, done.err) == (2, "error: --workers: 0 is not a number from 1.\n")
    done = shell.run("demo", "--data", "/dev/null/x")
    assert done.code == 2
    assert "The data directory /dev/null/x cannot be used" in done.err


def test_what_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "find_spec", lambda name: None if name == "asyncpg" else find_spec(name))
    with pytest.raises(UsageError, match="not installed: asyncpg") as raised:
        demo.run([])
    assert raised.value.hint == "pip install 'loadcell[demo]'"
    assert "SHOP_DATABASE_URL" not in os.environ
