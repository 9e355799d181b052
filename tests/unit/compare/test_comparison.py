"""Two run files, compared."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from loadcell.compare import Comparison, Incomparable, Question, compare, figures
from loadcell.errors import EXIT_INVALID, UsageError
from loadcell.report.compared.words import cells, change
from loadcell.store import RunReader
from tests.synthetic import steady_run, stepped_run, watched_run

Make = Callable[..., RunReader]
About = dict[str, object]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    def made(name: str, **about: object) -> RunReader:
        return RunReader.open(steady_run(tmp_path, name, **about))  # type: ignore[arg-type]

    return made


def verdicts(found: Comparison) -> dict[tuple[str, str], str]:
    return {(row.name, row.figure): row.verdict for row in found.rows}


def test_a_slower_service_regressed_and_says_by_how_much(make: Make) -> None:
    found = compare([make("a", seed=1)], [make("b", seed=2, slower=1.3)])
    assert found.verdict == "regressed"
    told = verdicts(found)
    assert told["Aggregated", "p50"] == told["Aggregated", "p95"] == told["/items", "p50"] == "regressed"
    assert told["Aggregated", "ok_rps"] == told["Aggregated", "error_rate"] == "equivalent"
    (p50,) = [row for row in found.rows if (row.name, row.figure) == ("Aggregated", "p50")]
    assert p50.low is not None
    assert p50.high is not None
    assert p50.low < 0.3 < p50.high
    assert p50.high - p50.low < 0.3


def test_a_faster_one_improved(make: Make) -> None:
    assert compare([make("a", seed=1)], [make("b", seed=2, slower=0.8)]).verdict == "improved"


def test_the_same_service_is_neither(make: Make) -> None:
    found = compare([make("a", seed=1)], [make("b", seed=2)])
    assert found.verdict in ("equivalent", "inconclusive")
    assert not {"regressed", "improved"} & set(verdicts(found).values())


def test_failures_are_told_in_points(make: Make) -> None:
    found = compare([make("a", seed=1)], [make("b", seed=2, failing=0.05)])
    (row,) = [row for row in found.rows if (row.name, row.figure) == ("Aggregated", "error_rate")]
    assert row.verdict == "regressed"
    assert row.effect == pytest.approx(0.05, abs=0.01)


def test_several_runs_of_each_side_count_as_one_value_each(make: Make) -> None:
    before = [make(f"a{n}", seed=n) for n in range(3)]
    after = [make(f"b{n}", seed=10 + n, slower=1.3) for n in range(3)]
    found = compare(before, after)
    assert found.unit == "runs"
    assert found.verdict == "regressed"
    assert not any("one run of each" in remark for remark in found.remarks)


def test_what_is_not_known_yet_says_how_many_runs_would_tell(make: Make) -> None:
    found = compare([make("a", seed=1, rps=4)], [make("b", seed=2, rps=4, slower=1.1)], Question(figures=figures(["p50"])))
    (row,) = [row for row in found.rows if row.name == "Aggregated"]
    assert row.verdict == "inconclusive"
    assert row.runs_needed is not None
    assert 2 <= row.runs_needed <= 30


def test_three_runs_in_all_know_little_and_say_so(make: Make) -> None:
    found = compare([make("a"), make("b", seed=1, slower=1.04)], [make("c", seed=2)])
    unknown = [row for row in found.rows if row.verdict == "inconclusive" and not row.why]
    assert all(row.runs_needed for row in unknown)
    endless = [row for row in unknown if row.high is None]
    assert endless
    assert all(cells(row).interval in ("too wide to tell", f"at least {change(row, row.low)}") for row in endless)
    assert all(row.high < 99 for row in unknown if row.high is not None)


def test_too_few_requests_and_too_short_a_load_are_said(make: Make) -> None:
    short = compare([make("a", seconds=20)], [make("b", seconds=20, seed=1)], Question(figures=figures(["avg"])))
    assert short.rows[0].why == "less than 30 s at this load"
    few = compare([make("c", rps=2)], [make("d", rps=2, seed=1)], Question(figures=figures(["p99"])))
    assert few.rows[0].why.endswith("and it takes 3,000")
    assert figures(["p99.9"])[0].least_requests(10) == 30_000
    assert few.verdict == "inconclusive"


def test_a_single_entry_is_not_told_twice(make: Make) -> None:
    one = (("GET", "/", 1.0),)
    found = compare([make("a", entries=one)], [make("b", entries=one, seed=1)])
    assert {row.name for row in found.rows} == {"Aggregated"}


def test_only_the_entries_asked_for(make: Make) -> None:
    found = compare([make("a")], [make("b", seed=1)], Question(entries=("POST /orders",)))
    assert {row.name for row in found.rows} == {"/orders"}
    alone = compare([make("e")], [make("f", seed=1)], Question(entries=("POST /orders",), floor=0.5))
    assert {row.verdict for row in alone.rows} == {alone.verdict} == {"equivalent"}
    with pytest.raises(Incomparable, match=r"no entry “/cart” in these runs"):
        compare([make("c")], [make("d", seed=1)], Question(entries=("/cart",)))


@pytest.mark.parametrize(
    ("one", "other", "why"),
    [
        ({}, {"rate": 60.0}, "open model"),
        ({"users": 20}, {"users": 25}, "The load differs: a has held 20, and b 25"),
        ({"rate": 60.0}, {"rate": 65.0}, "The load differs"),
        ({}, {"finished": False}, "still running"),
        ({}, {"rps": 0}, "no requests"),
        ({}, {"entries": (("GET", "/items", 0.3), ("POST", "/orders", 0.7))}, "mix of requests differs"),
    ],
)
def test_what_can_t_be_compared_says_why(make: Make, one: dict[str, object], other: dict[str, object], why: str) -> None:
    with pytest.raises(Incomparable, match=why):
        compare([make("a", **one)], [make("b", seed=1, **other)])


def test_what_each_user_asks_for_once_is_no_other_mix(make: Make) -> None:
    """Users of a service that got slower are still logging in while it is compared."""
    before, after = (("GET", "/items", 1.0),), (("GET", "/items", 0.9), ("POST", "/login", 0.1))
    told = r"“(GET /items|POST /login)” has \d+% of them before and \d+% after"
    many = {"rps": 100, "users": 2000}
    found = compare([make("a", entries=before, **many)], [make("b", seed=1, entries=after, **many)])
    assert any(re.search(f"asks for once: {told}", remark) for remark in found.remarks)
    with pytest.raises(Incomparable, match=f"mix of requests differs: {told}"):
        compare([make("c", entries=before, users=50)], [make("d", seed=1, entries=after, users=50)])


def test_loads_two_per_cent_apart_are_the_same(make: Make) -> None:
    compare([make("a", users=100)], [make("b", seed=1, users=102)])


def test_a_moment_in_common_at_the_beginning_is_compared_only_if_asked_for(make: Make) -> None:
    one, other = make("a", users=40, valley=(0, 6)), make("b", users=43, valley=(0, 6), seed=1)
    with pytest.raises(Incomparable, match="The load differs: a has held 10, 40, and b 10, 43") as caught:
        compare([one], [other])
    assert "--at 10" in caught.value.hint
    assert compare([one], [other], Question(load=10)).before.load == "10 users"


def test_an_invalid_run_proves_nothing(make: Make) -> None:
    with pytest.raises(Incomparable, match="b is invalid") as told:
        compare([make("a")], [make("b", seed=1, verdict="invalid")])
    assert told.value.exit_code == EXIT_INVALID


def test_a_run_beside_itself(make: Make) -> None:
    run = make("a")
    with pytest.raises(Incomparable, match="can't be compared with itself"):
        compare([run], [run])


def test_the_environments_are_set_side_by_side(make: Make) -> None:
    found = compare([make("a")], [make("b", seed=1, target={"workers": 4})])
    assert found.environment == ("target workers: 2 → 4",)


CAPACITY = {"users": 40.0, "low_users": 38.0, "high_users": 42.0, "rate": None, "at_least": False, "rps": 20.0,
            "limited_by": "p95 < 200ms"}  # fmt: skip


@pytest.mark.parametrize(
    ("after", "told"),
    [
        ({"users": 60.0, "low_users": 56.0, "high_users": 63.0}, "improved"),
        ({"users": 30.0, "low_users": 28.0, "high_users": 32.0}, "regressed"),
        ({"users": 41.0, "low_users": 37.0, "high_users": 45.0}, "inconclusive"),
        ({"users": 60.0, "low_users": 60.0, "high_users": None, "at_least": True}, "improved"),
        ({"users": 41.0, "low_users": 41.0, "high_users": None, "at_least": True}, "inconclusive"),
    ],
)
def test_capacity_against_capacity(make: Make, after: dict[str, object], told: str) -> None:
    found = compare([make("a", capacity=CAPACITY)], [make("b", seed=1, capacity={**CAPACITY, **after})])
    assert found.capacity is not None
    assert found.capacity.verdict == told
    assert (found.capacity.high is None) == bool(after.get("at_least"))


def test_a_service_that_misses_its_objectives_from_the_start_has_regressed(make: Make) -> None:
    found = compare([make("a", capacity=CAPACITY)], [make("b", seed=1, lowest=2)])
    assert found.capacity is not None
    assert found.capacity.verdict == "regressed"
    assert (found.capacity.after, found.capacity.low) == (pytest.approx(2.0), None)
    assert found.verdict == "regressed"


def test_a_capacity_that_was_not_found_is_told(make: Make) -> None:
    found = compare([make("a", capacity=CAPACITY)], [make("b", seed=1)])
    assert found.capacity is not None
    assert found.capacity.why == "not every run found one"
    assert found.verdict == "inconclusive"


def test_capacities_that_agree_by_chance_are_as_unsure_as_each_of_them(make: Make) -> None:
    wide = {"low_users": 36.0, "high_users": 44.0}
    before = [make(f"a{n}", seed=n, capacity={**CAPACITY, **wide}) for n in range(3)]
    after = [
        make(f"b{n}", seed=5 + n, capacity={**CAPACITY, "users": 43.0, "low_users": 38.0, "high_users": 48.0})
        for n in range(3)
    ]
    found = compare(before, after)
    assert found.capacity is not None
    assert found.capacity.verdict == "inconclusive"
    assert found.capacity.runs_needed is not None
    assert found.capacity.runs_needed > 3


def test_what_carried_all_that_was_tried_on_both_sides_can_t_be_told_apart(make: Make) -> None:
    most = {**CAPACITY, "low_users": 40.0, "high_users": None, "at_least": True}
    found = compare([make("a", capacity=most)], [make("b", seed=1, capacity=most)])
    assert found.capacity is not None
    assert found.capacity.verdict == "inconclusive"
    assert "carried all that was tried" in found.capacity.why


def test_the_valleys_between_peaks_are_no_part_of_the_peak(make: Make) -> None:
    steady = make("a", seconds=120, users=40)
    waves = make("b", seconds=120, users=40, valley=(40, 80))
    found = compare([steady], [waves], Question(figures=figures(["p50"])))
    assert found.after.seconds <= 40
    assert found.verdict != "improved"


def test_equivalent_takes_that_of_every_figure(make: Make) -> None:
    found = compare([make("a", rps=4)], [make("b", seed=1, rps=4)], Question(figures=figures(["ok_rps", "p99"])))
    assert {row.figure: bool(row.why) for row in found.rows if row.name == "Aggregated"} == {"ok_rps": False, "p99": True}
    assert found.verdict == "inconclusive"


def judged(tmp_path: Path, before: About, after: About) -> Comparison:
    one, other = (watched_run(tmp_path / name, **about) for name, about in (("a", before), ("b", after)))  # type: ignore[arg-type]
    with one, other:
        return compare([one], [other])


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        ({"loop_cpu": 99.0}, {"loop_cpu": 20.0}, "eliminated"),
        ({"loop_cpu": 20.0}, {"loop_cpu": 99.0}, "appeared"),
        ({"loop_cpu": 99.0}, {"loop_cpu": 99.0}, "unchanged"),
        ({"loop_cpu": 99.0}, {"loop_cpu": 20.0, "failed": 40}, "moved"),
        ({"loop_cpu": 20.0}, {"loop_cpu": 20.0}, "none"),
        ({"loop_cpu": 99.0}, {"loop_cpu": 99.0, "watched": False}, "unknown"),
    ],
)
def test_what_became_of_the_bottleneck(
    tmp_path: Path, before: dict[str, object], after: dict[str, object], change: str
) -> None:
    found = judged(tmp_path, {**before, "run": "a"}, {**after, "run": "b"}).bottleneck
    assert found.change == change
    assert bool(found.why) == (change == "unknown")


def test_a_bottleneck_is_not_called_eliminated_at_a_lower_load(tmp_path: Path) -> None:
    with stepped_run(tmp_path / "a") as first, stepped_run(tmp_path / "b", loads=(1, 2), run="other") as second:
        found = compare([first], [second]).bottleneck
    assert (found.change, found.why) == ("unknown", "after, the service was not loaded as high")


def test_a_figure_that_does_not_exist() -> None:
    with pytest.raises(UsageError, match="'p101' is no figure"):
        figures(["p101"])
