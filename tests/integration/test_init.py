"""Scenarios that `loadcell init` has written, run against the services that they are for."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.init_services import trial


@pytest.mark.parametrize(("name", "writes"), [("accounts", False), ("library", True), ("bookings", True)])
def test_a_service_accepts_what_is_written_for_it(tmp_path: Path, name: str, writes: bool) -> None:
    with trial.serving(name) as url:
        done = trial.loadcell(tmp_path, "init", "--openapi", f"{url}/openapi.json", *(["--writes"] if writes else []))
        assert done.returncode == 0, done.stderr
        outcome = trial.run(tmp_path, url, **trial.credentials(name))
    assert outcome.requests > 20
    assert outcome.exceptions == 0
    assert outcome.accepted >= trial.ENOUGH, outcome.errors
    methods = {name.partition(" ")[0] for name in outcome.names}
    assert ("DELETE" in methods) == (name == "library")
