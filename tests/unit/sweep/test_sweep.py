"""Which settings are tried, which are tried again, and which one is taken."""

from __future__ import annotations

import math
import random

import pytest

from loadcell.diagnosis.finding import finding
from loadcell.errors import UsageError
from loadcell.report.swept import markdown, words
from loadcell.sweep import Axis, Cell, Trial, answer, axis, cells, contenders, order
from loadcell.sweep.axes import filled

WORKERS = Axis("workers", ("1", "2", "4"))
POOL = Axis("POOL_SIZE", ("5", "20"))


def trial(capacity: float, **about: object) -> Trial:
    found = Trial(run="r", capacity=capacity, low=capacity * 0.96, high=capacity * 1.04, rps=2 * capacity)
    return Trial(**{**{name: getattr(found, name) for name in found.__struct_fields__}, **about})


def test_an_axis_is_read_as_it_is_written() -> None:
    assert axis("POOL_SIZE=5, 20") == POOL
    assert axis("1,2,4", "workers") == WORKERS
    assert axis("MODE=slow,fast").values == ("slow", "fast")
    assert axis("MODE=fast,slow").numbers is None
    assert axis("POOL_SIZE=10,2.5,9").values == ("2.5", "9", "10"), "numbers in their order"


@pytest.mark.parametrize(
    ("text", "name", "why"),
    [
        ("5,10", "", "is no axis"),
        ("A B=1,2", "", "is no axis"),
        ("A=1,,2", "", "has an empty value"),
        ("A=1,1", "", "has a value twice"),
        ("0,1", "workers", "whole numbers from 1"),
        ("two", "workers", "whole numbers from 1"),
    ],
)
def test_what_is_no_axis(text: str, name: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        axis(text, name)


def test_every_combination_is_tried_in_another_order_each_time() -> None:
    tried = cells([WORKERS, POOL])
    assert len(tried) == 6
    assert sorted(order(tried, 0)) == sorted(order(tried, 1)) == sorted(tried)
    assert order(tried, 0) != order(tried, 1)
    assert order(tried, 0) == order(tried, 0)


@pytest.mark.parametrize(
    "axes", [[], [Axis("A", ("1",))], [POOL, POOL], [Axis("A", tuple("123456789")), Axis("B", tuple("12345678"))]]
)
def test_what_can_t_be_swept(axes: list[Axis]) -> None:
    with pytest.raises(UsageError):
        cells(axes)


def test_what_is_not_in_the_command_goes_into_the_environment() -> None:
    cell: Cell = (("workers", "2"), ("POOL_SIZE", "5"))
    assert filled(["serve", "-w", "{workers}", "{port}"], cell) == (["serve", "-w", "2", "{port}"], {"POOL_SIZE": "5"})


def test_what_is_clearly_worse_is_not_tried_again() -> None:
    one, two, four = cells([WORKERS])
    assert contenders({one: [trial(40)], two: [trial(80)], four: [trial(78)]}) == [two, four]
    assert contenders({one: [trial(40)], two: [trial(80)], four: []}) == [two]
    assert contenders({one: [trial(40, at_least=True)], two: [trial(80)], four: []}) == [one, two]
    assert contenders({one: [], two: [], four: []}) == []


def test_of_settings_that_carry_as_much_the_one_that_costs_less_is_taken() -> None:
    one, two, four = cells([WORKERS])
    trials = {one: [trial(40, memory_mb=50)], two: [trial(80, memory_mb=100)], four: [trial(82, memory_mb=200)]}
    found = answer([WORKERS], trials, ["p95 < 1ms"], cores=2)
    assert (found.recommended, found.best) == (1, 2)
    assert words.headline(found).startswith("Take workers=2: 80 users (")
    assert "workers=4 carried 82 users" in words.headline(found)
    assert any("4 workers are more than the 2 cores" in remark for remark in found.remarks)


def test_more_trials_are_not_asked_for_where_more_load_would_tell() -> None:
    one, two, _ = cells([WORKERS])
    found = answer([WORKERS], {one: [trial(30, at_least=True)], two: [trial(30, at_least=True)]}, [], None)
    assert [remark for remark in found.remarks if "told apart" in remark] == [
        "Some settings carried all that was tried: with a higher -u (or --rate) they could be told apart."
    ]
    unclear = answer([WORKERS], {one: [trial(30)], two: [trial(30)]}, [], None)
    assert any("More --repeat or a longer --search-time would." in remark for remark in unclear.remarks)


def test_a_clear_winner_is_taken_whatever_it_costs() -> None:
    one, two, four = cells([WORKERS])
    trials = {one: [trial(40, memory_mb=50)], two: [trial(80, memory_mb=100)], four: [trial(160, memory_mb=500)]}
    assert answer([WORKERS], trials, [], cores=8).recommended == 2


def test_pools_that_are_more_than_the_database_takes_are_told() -> None:
    tried = cells([WORKERS, POOL])
    trials = {cell: [trial(40 + number, db_limit=50.0)] for number, cell in enumerate(tried)}
    remarks = answer([WORKERS, POOL], trials, [], cores=8).remarks
    assert any(
        "workers=4 POOL_SIZE=20 may open 80 database connections, and the database takes 50" in one for one in remarks
    )
    assert not any("workers=2 POOL_SIZE=20 may open" in one for one in remarks)


@pytest.mark.parametrize("name", ["DB_POOL_TIMEOUT", "POOL_RECYCLE_S", "THREAD_POOL_SIZE", "pool_max_age"])
def test_what_is_no_size_of_a_pool_is_not_counted_in_connections(name: str) -> None:
    def remarks(name: str) -> str:
        axes = [WORKERS, Axis(name, ("60", "120"))]
        trials = {cell: [trial(40 + number, db_limit=50.0)] for number, cell in enumerate(cells(axes))}
        return " ".join(answer(axes, trials, [], cores=8).remarks)

    assert "connections" not in remarks(name)
    assert "connections" in remarks("MANAGER_POOL")


def test_settings_that_did_not_start_are_told_and_not_taken() -> None:
    one, two, four = cells([WORKERS])
    trials = {one: [trial(40)], two: [Trial(run="", problem="main:app ended")], four: [trial(39)]}
    found = answer([WORKERS], trials, [], cores=8)
    assert found.recommended == 0
    assert [row.limit for row in words.rows(found)] == ["none seen", "main:app ended", "none seen"]
    nothing = answer([WORKERS], {one: [Trial(run="", problem="no")]}, [], cores=8)
    assert (nothing.recommended, words.headline(nothing)) == (None, "No setting carried anything.")


def test_the_summary_of_a_job_says_which_setting_to_take_and_takes_names_for_text() -> None:
    one, two, four = cells([WORKERS])
    trials = {one: [trial(40)], two: [trial(80)], four: [Trial(run="", problem="<b>main:app</b> ended | at once")]}
    told = markdown(answer([WORKERS], trials, ["p95 < 200ms"], cores=2))
    assert told.startswith("### 🟢 Take workers=2: 80 users (")
    assert "| workers | Capacity | requests/s | Memory MB | Limited by |  |\n" in told
    assert "&lt;b&gt;main:app&lt;/b&gt; ended \\| at once" in told
    assert "Held to p95 &lt; 200ms." in told


def test_memory_that_was_not_read_is_not_taken_for_none() -> None:
    one, two, four = cells([WORKERS])
    trials = {one: [trial(79, memory_mb=50)], two: [trial(80, memory_mb=100)], four: [trial(81)]}
    assert answer([WORKERS], trials, [], cores=8).recommended == 0


def test_a_setting_that_failed_once_says_so() -> None:
    one, two, four = cells([WORKERS])
    trials = {one: [trial(40)], two: [trial(80), Trial(run="", problem="main:app ended")], four: [trial(40)]}
    found = answer([WORKERS], trials, [], cores=8)
    assert found.recommended == 1
    assert "workers=2: 1 of 2 trials failed: main:app ended." in found.remarks


def test_trials_beside_other_programs_are_told() -> None:
    one, two, four = cells([WORKERS])
    cause = finding("noisy_neighbour", "others", [], where="the host", advice="")
    trials = {one: [trial(40, cause=cause)], two: [trial(80, cause=cause)], four: [trial(40)]}
    assert "In 2 of 3 trials other programs took the cores" in " ".join(answer([WORKERS], trials, [], cores=8).remarks)


def test_a_law_through_the_axis() -> None:
    rng = random.Random(5)
    many = Axis("workers", ("1", "2", "4", "8", "16"))
    trials = {}
    for cell in cells([many]):
        n = float(cell[0][1])
        x = 100 * n / (1 + 0.05 * (n - 1) + 0.01 * n * (n - 1))
        trials[cell] = [trial(x * math.exp(rng.gauss(0, 0.01))) for _ in range(2)]
    found = answer([many], trials, [], cores=16)
    curve = found.axes[0].curve
    assert curve is not None
    assert curve.better == "usl"
    assert curve.usl.peak_n == pytest.approx(math.sqrt(0.95 / 0.01), rel=0.15)
    assert "throughput is highest at about workers=" in " ".join(line.text for line in words.lines(found))
    assert answer([WORKERS], {cell: [trial(40)] for cell in cells([WORKERS])}, [], cores=8).axes[0].curve is None


def test_the_best_is_found_among_noisy_trials() -> None:
    """Of 200 sweeps whose cells differ by 10 % and more, nearly all take the best, or one that can't be told from it."""
    rng = random.Random(1)
    right = 0
    for _ in range(200):
        tried = cells([WORKERS, POOL])
        truth = dict(zip(tried, (40, 44, 70, 90, 75, 100), strict=True))
        trials: dict[Cell, list[Trial]] = {cell: [] for cell in tried}
        wanted = tried
        for round_ in range(2):
            for cell in order(wanted, round_):
                trials[cell].append(trial(truth[cell] * math.exp(rng.gauss(0, 0.03))))
            wanted = contenders(trials)
        found = answer([WORKERS, POOL], trials, [], cores=8)
        assert found.recommended is not None
        right += truth[tried[found.recommended]] == 100
    assert right >= 185
