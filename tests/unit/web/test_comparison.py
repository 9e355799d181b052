"""Two runs beside one another."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from loadcell.store import RunFacts, RunWriter
from loadcell.web.pages.comparison import compared, in_words
from tests.synthetic import stepped_run


def made_on(folder: Path, **target: Any) -> Path:
    facts = RunFacts(
        id=f"run-{folder.name}", started=1.8e9, scenario="x.py", environment={"generator": {}, "target": target}
    )
    writer = RunWriter.create(folder, facts)
    writer.finish(0, [], "none", 0.0)
    return writer.path


def test_both_are_drawn_over_one_another_and_stand_in_one_table(tmp_path: Path) -> None:
    with stepped_run(tmp_path / "a", loads=(1, 2)) as a, stepped_run(tmp_path / "b", loads=(4, 8), pool=10) as b:
        found = compared(a.path, b.path)
    throughput = found.figures[0]["data"]
    assert [curve["name"] for curve in throughput] == ["A", "B"]
    assert (max(throughput[0]["y"]), max(throughput[1]["y"])) == (200, 800)
    sums = found.rows[-1]
    assert (sums["name"], sums["rps_a"], sums["rps_b"]) == ("Aggregated", 150, 600)
    assert (found.differences, in_words(found.differences)) == ([], "")


def test_what_they_were_not_made_alike_on_is_told(tmp_path: Path) -> None:
    one, other = made_on(tmp_path / "a", workers=1, loop="uvloop"), made_on(tmp_path / "b", workers=2, loop="uvloop")
    told = in_words(compared(one, other).differences)
    assert told == "They were not made on the same, so figures may differ for that alone: target workers: 1 → 2."
