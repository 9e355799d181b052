"""Scenarios that `loadcell init` has written, run against the services that they are for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.init_services import trial

HAR = Path(__file__).parents[1] / "init_services" / "checkout.har"
GOLDEN = Path(__file__).parents[1] / "unit" / "scaffold" / "golden"


@pytest.mark.parametrize(("name", "writes"), [("accounts", False), ("library", True), ("bookings", True), ("parcels", True)])
def test_a_service_accepts_what_is_written_for_it(tmp_path: Path, name: str, writes: bool) -> None:
    with trial.serving(name) as url:
        done = trial.loadcell(tmp_path, "init", "--openapi", f"{url}/openapi.json", *(["--writes"] if writes else []))
        assert done.returncode == 0, done.stderr
        outcome = trial.run(tmp_path, url, **trial.credentials(name))
    assert outcome.requests > 20
    assert outcome.exceptions == 0
    assert outcome.accepted >= trial.ENOUGH, outcome.errors
    methods = {name.partition(" ")[0] for name in outcome.names}
    assert ("DELETE" in methods) == (name in ("library", "parcels"))


def test_what_is_written_is_typed() -> None:
    files = [str(path) for path in GOLDEN.glob("*.py")]
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--no-incremental", *files],
        cwd=trial.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_a_recording_is_gone_through_again(tmp_path: Path) -> None:
    with trial.serving("checkout") as url:
        done = trial.loadcell(tmp_path, "init", "--har", str(HAR))
        assert done.returncode == 0, done.stderr
        outcome = trial.run(tmp_path, url, seconds=2, **trial.credentials("checkout"))
    assert outcome.names >= {"POST /api/orders", "GET /orders/{number}", "POST /reviews/{review_id}/publish"}
    assert (outcome.failures, outcome.exceptions) == (0, 0), outcome.errors
