"""Two runs beside one another."""

from __future__ import annotations

from pathlib import Path

from loadcell.web.pages.comparison import compared
from tests.synthetic import steady_run, stepped_run


def test_the_verdict_is_told_in_words(tmp_path: Path) -> None:
    found = compared(steady_run(tmp_path, "a", seed=1), steady_run(tmp_path, "b", seed=2, slower=1.3))
    assert found.told is not None
    assert (found.told.kind, found.told.heading) == ("bad", "✗ Regressed")
    assert found.told.sentences[0].startswith("p")
    assert found.told.sentences[1] == "Bottleneck: none seen: neither before nor after, up to this load."
    assert not found.figures


def test_where_they_can_t_be_compared_both_are_drawn_and_stand_in_one_table(tmp_path: Path) -> None:
    with stepped_run(tmp_path / "a", loads=(1, 2)) as a, stepped_run(tmp_path / "b", loads=(4, 8), pool=10) as b:
        found = compared(a.path, b.path)
    assert found.told is None
    assert found.why_not.startswith("The run 20261126-130000-x can't be compared with itself.")
    throughput = found.figures[0]["data"]
    assert [curve["name"] for curve in throughput] == ["Before", "After"]
    assert (max(throughput[0]["y"]), max(throughput[1]["y"])) == (200, 800)
    sums = found.rows[-1]
    assert (sums["name"], sums["rps_a"], sums["rps_b"]) == ("Aggregated", 150, 600)
