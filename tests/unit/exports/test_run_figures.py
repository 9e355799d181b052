"""The figures of a run as families."""

from __future__ import annotations

from loadcell.controller.progress import Progress
from loadcell.controller.totals import RunTotals
from loadcell.exports.families import Distribution, Sample
from loadcell.exports.run_figures import BOUNDS_S, RunFigures
from loadcell.histogram import Histogram
from loadcell.messages import EntryCounts, ErrorCount, Health, Interval, Starts
from loadcell.store import RunFacts


def histogram(*ms: float) -> Histogram:
    found = Histogram()
    found.record_all([round(one * 1000) for one in ms])
    return found


def second(number: int = 0, ok: tuple[float, ...] = (10, 20), failed: tuple[float, ...] = (), **more: object) -> Interval:
    counts = EntryCounts(
        "GET",
        "/items",
        requests=len(ok) + len(failed),
        failures=len(failed),
        total_us=round(1000 * (sum(ok) + sum(failed))),
        received=100,
        ok=histogram(*ok).to_bytes(),
        failed=histogram(*failed).to_bytes(),
    )
    errors = [ErrorCount("GET", "/items", f"wrong for user {number}", len(failed), 0, 1)] if failed else []
    health = {"1": Health(cpu=50, lag_ms=20, memory_mb=30, users=3), "lead": Health(cpu=1)}
    given: dict[str, object] = {"users_by_class": {"Visitor": 3}, "health": health, **more}
    return Interval(number, number, number + 1, 3, entries=[counts], errors=errors, **given)  # type: ignore[arg-type]


def samples(figures: RunFigures, name: str) -> list[Sample]:
    return [sample for family in figures.families() if family.name == name for sample in family.samples]


def value(figures: RunFigures, name: str, **labels: str) -> float | Distribution:
    (found,) = [each.value for each in samples(figures, name) if labels.items() <= each.labels.items()]
    return found


def test_requests_and_times_by_outcome() -> None:
    figures = RunFigures()
    figures.add(second(0, ok=(10, 20)))
    figures.add(second(1, ok=(30,), failed=(400, 70_000)))
    assert value(figures, "requests", outcome="success") == 3
    assert value(figures, "requests", outcome="failure") == 2
    ok, failed = (value(figures, "response_time", outcome=outcome) for outcome in ("success", "failure"))
    assert isinstance(ok, Distribution)
    assert isinstance(failed, Distribution)
    bounds = [*BOUNDS_S, "more"]
    assert [(bound, count) for bound, count in zip(bounds, ok.counts, strict=True) if count] == [
        (0.01, 1),
        (0.02, 1),
        (0.03, 1),
    ]
    assert [(bound, count) for bound, count in zip(bounds, failed.counts, strict=True) if count] == [(0.5, 1), ("more", 1)]
    assert abs(ok.sum - 0.06) < 0.05
    assert abs(failed.sum - 70.4) < 0.05


def test_failures_are_there_before_the_first_one_so_that_a_rate_sees_it() -> None:
    figures = RunFigures()
    figures.add(second(ok=(10,)))
    assert value(figures, "requests", outcome="failure") == 0


def test_many_errors_are_few_kinds() -> None:
    figures = RunFigures()
    for number in range(1000):
        figures.add(second(number, failed=(5,)))
    assert [(sample.value, dict(sample.labels)) for sample in samples(figures, "errors")] == [(1000, {"kind": "check"})]


def test_the_lead_is_no_generator() -> None:
    figures = RunFigures()
    figures.add(second())
    (cpu,) = samples(figures, "generator_cpu")
    assert (cpu.value, cpu.labels) == (0.5, {"generator": "1"})
    assert value(figures, "generator_lag") == 0.02
    assert value(figures, "generator_memory") == 30e6


def test_a_class_without_users_left_has_none() -> None:
    figures = RunFigures()
    figures.add(second())
    figures.add(second(1, users_by_class={"Buyer": 1}))
    assert {sample.labels["user_class"]: sample.value for sample in samples(figures, "users")} == {"Visitor": 0, "Buyer": 1}


def test_the_open_model_has_starts() -> None:
    figures = RunFigures()
    figures.add(second())
    assert not samples(figures, "iterations_due")
    for number in (1, 2):
        figures.add(second(number, starts=Starts(10, 8, 2, 1, histogram(3, 3, 3, 3, 3, 3, 3, 150).to_bytes())))
    found = [value(figures, f"iterations_{name}") for name in ("due", "started", "dropped", "late")]
    assert found == [20, 16, 4, 2]
    lateness = value(figures, "iteration_lateness")
    assert isinstance(lateness, Distribution)
    assert lateness.count == 16


def test_where_the_run_is_and_what_stays_when_it_is_over() -> None:
    figures = RunFigures()
    figures.begin(RunFacts(id="r1", started=0.0, scenario="shop.py", host="http://127.0.0.1:8000"))
    interval = second()
    figures.add(interval)
    figures.update(Progress("running", 1.0, 3, 4, interval, RunTotals(), rate=7.5, phase="load", valid=False))
    assert samples(figures, "run")[0].labels["target"] == "http://127.0.0.1:8000"
    assert samples(figures, "run_state")[0].labels == {"state": "running"}
    assert samples(figures, "run_phase")[0].labels == {"phase": "load"}
    assert value(figures, "run_valid") == 0
    assert value(figures, "target_users") == 4
    assert value(figures, "target_iterations") == 7.5
    figures.update(Progress("stopped", 2.0, 0, 0, interval, RunTotals()))
    assert not samples(figures, "run_phase")
    assert not samples(figures, "run_valid")
    assert value(figures, "users", user_class="Visitor") == 0
    assert not samples(figures, "generator_cpu")
    assert value(figures, "requests", outcome="success") == 2
