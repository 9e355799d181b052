"""How a place is told."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import loadcell_probe
from loadcell_probe.frames import Place, place


def test_what_the_probe_itself_does_is_not_what_runs_inside() -> None:
    found: list[Place] = []

    def look() -> None:
        leaf = sys._getframe(1)
        assert leaf.f_back is not None
        found.append(place(leaf.f_back, leaf))

    names: dict[str, Any] = {"look": look}
    own = str(Path(loadcell_probe.__file__).with_name("garbage.py"))
    exec(compile("def collected(): look()", own, "exec"), names)
    exec(compile("def work(): collected()", "/srv/shop/app.py", "exec"), names)
    names["work"]()
    assert found == [("/srv/shop/app.py", 1, "work", "/srv/shop/app.py", "work")]
