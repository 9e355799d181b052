from __future__ import annotations

import pytest

from loadcell.config import RunConfig
from loadcell.controller.loads import (
    SPARE_DESCRIPTORS,
    check_descriptors,
    is_prefaced,
    loads_of,
    pilot_of,
    plan_of,
    pool_of,
)
from loadcell.errors import UsageError


def test_one_process_does_everything() -> None:
    (load,) = loads_of(RunConfig(host="http://shop.test", tags=("a",)), "run-1")
    assert (load.generator, load.role, load.generators, load.run_id) == ("1", "single", 1, "run-1")
    assert (load.host, load.tags, load.options["num_users"]) == ("http://shop.test", ["a"], 1)


def test_several_processes_have_a_lead_of_their_own() -> None:
    loads = loads_of(RunConfig(processes=2), "run-1")
    assert [(load.generator, load.role, load.index) for load in loads] == [
        ("1", "generator", 0),
        ("2", "generator", 1),
        ("lead", "lead", -1),
    ]


def test_the_plan_of_a_plain_run_is_its_ramp_and_what_is_left_of_the_time() -> None:
    assert plan_of(RunConfig(users=10, spawn_rate=5, run_time_s=60)).duration_s == 60
    assert plan_of(RunConfig(users=10, spawn_rate=5)).duration_s is None


def test_the_limit_of_open_files_counts_for_each_process() -> None:
    check_descriptors(users=1000, processes=2, limit=600)
    with pytest.raises(UsageError, match=r"1,000 users need 1,100 open files.*600.*\n.*`ulimit -n 1100`"):
        check_descriptors(users=1000, processes=1, limit=600)


def test_a_pool_nobody_asked_for_keeps_within_the_open_files() -> None:
    rate = RunConfig(rate=5000, users=0, processes=2)
    assert pool_of(rate, 1024) == 2 * (1024 - SPARE_DESCRIPTORS)
    assert pool_of(rate, 1_000_000) == rate.most_users
    assert pool_of(RunConfig(rate=5000, users=0, max_users=9000), 1024) == 9000
    assert pool_of(RunConfig(users=70), 64) == 70


def test_the_search_of_an_assessment_takes_the_time_that_is_given() -> None:
    usual, shorter = pilot_of(RunConfig(effort="quick")), pilot_of(RunConfig(effort="quick", search_s=20.0))
    assert usual is not None
    assert shorter is not None
    assert usual.position().left_s - shorter.position().left_s == 30


@pytest.mark.parametrize(
    ("config", "prefaced"),
    [
        (RunConfig(app="main:app", run_time_s=20.0), True),
        (RunConfig(app="main:app", run_time_s=19.0), False),
        # The other side of a retest has the load of the one that --app starts.
        (RunConfig(host="http://127.0.0.1:1", is_hosted=True, run_time_s=20.0), True),
        (RunConfig(host="http://127.0.0.1:1", run_time_s=20.0), False),
    ],
)
def test_a_run_begins_with_a_low_load_where_the_service_is_started_for_it(config: RunConfig, prefaced: bool) -> None:
    assert is_prefaced(config) is prefaced
