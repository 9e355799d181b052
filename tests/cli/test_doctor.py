"""`loadcell doctor` on this machine, whatever it is like."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.cli.conftest import Shell


def test_the_machine_is_looked_over(shell: Shell) -> None:
    done = shell.run("doctor", "--json")
    found = json.loads(done.out)
    checks = {one["name"]: one for one in found["checks"]}
    assert found["fit"] == all(one["state"] != "problem" for one in checks.values())
    assert done.code == (0 if found["fit"] else 1)
    assert set(checks) >= {"open files", "cores", "memory", "clock", "event-loop lag", "speed of the client", "engine"}
    for one in checks.values():
        assert one["measured"]
        assert bool(one["advice"]) == (one["state"] != "ok")
    speed = checks["speed of the client"]["measured"]
    assert int(speed.partition(" ")[0].replace(",", "")) > 0
    assert "gevent" in checks["engine"]["measured"]


def test_the_table(shell: Shell) -> None:
    done = shell.run("doctor")
    assert done.code in (0, 1)
    assert "Traceback" not in done.err
    assert "speed of the client" in done.out
    assert done.out.splitlines()[-1].startswith("This machine ")


def test_help_and_mistakes(shell: Shell) -> None:
    assert "Is this machine fit to generate load?" in shell.run("doctor", "--help").out
    assert shell.run("doctor", "--jso", "x").code == 2
