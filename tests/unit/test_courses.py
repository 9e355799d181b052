"""The load as it is written in options, and what is wrong with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from loadcell.config import Raw, RunConfig, Sources, settle
from loadcell.config.courses import in_words, stages
from loadcell.errors import ConfigError


def config(tmp_path: Path, **flags: Raw) -> RunConfig:
    named = {name.replace("_", "-"): raw for name, raw in flags.items()}
    return settle(named, Sources(env={}, folder=tmp_path, home=tmp_path)).config


def rows(config: RunConfig) -> list[tuple[str, float, float, float]]:
    assert config.course is not None
    return [tuple(row) for row in config.course.rows()]  # type: ignore[misc]


def test_users_as_ever_have_no_course(tmp_path: Path) -> None:
    assert config(tmp_path, users="10").course is None


def test_a_rate_is_a_load_that_begins_at_once(tmp_path: Path) -> None:
    found = config(tmp_path, rate="200", run_time="1m")
    assert rows(found) == [("load", 200, 0, 60)]
    assert (found.users, found.most_users) == (0, 2000)
    assert config(tmp_path, rate="2").most_users == 100
    assert config(tmp_path, rate="5000").most_users == 10_000
    assert config(tmp_path, rate="5000", max_users="7").most_users == 7


def test_users_that_are_asked_for_are_there_before_the_first_iteration(tmp_path: Path) -> None:
    assert rows(config(tmp_path, rate="20", users="50", run_time="10")) == [("ramp", 0, 0, 1), ("load", 20, 1, 10)]
    assert rows(config(tmp_path, rate="20", users="50", spawn_rate="10", run_time="10"))[0] == ("ramp", 0, 0, 5)


def test_stages_by_hand(tmp_path: Path) -> None:
    found = config(tmp_path, stages="30s:50, 2m:50, spike 10s:200, 1m:0")
    assert found.course is not None
    assert found.course.model == "closed"
    assert rows(found) == [("ramp", 50, 0, 30), ("load", 50, 30, 150), ("spike", 200, 150, 160), ("ramp", 200, 160, 220)]
    assert found.most_users == 200
    assert rows(config(tmp_path, stages="30s:50,2m:50", run_time="40"))[-1] == ("load", 50, 30, 40)
    assert in_words(found.course) == "ramp 0 → 50 for 30s, load 50 for 2m, spike 50 → 200 for 10s, ramp 200 → 0 for 1m"


def test_stages_of_rates_are_the_open_model(tmp_path: Path) -> None:
    found = config(tmp_path, stages="30s:1.5/s, 1m:20/s")
    assert found.course is not None
    assert found.course.model == "open"
    assert found.users == 0


def test_stages_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "loadcell.toml").write_text('stages = ["30s:50", "load 1m:50"]\n')
    assert rows(config(tmp_path)) == [("ramp", 50, 0, 30), ("load", 50, 30, 90)]


def test_plans_by_name(tmp_path: Path) -> None:
    assert rows(config(tmp_path, plan="smoke")) == [("baseline", 1, 0, 30)]
    spike = config(tmp_path, plan="spike", rate="100", run_time="100")
    assert [row[:2] for row in rows(spike)] == [
        ("baseline", 10), ("ramp", 100), ("spike", 100), ("ramp", 100), ("recovery", 10),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ({"stages": "0s:50"}, "'0s' in '0s:50', which is no time at all"),
        ({"stages": "30s:-5"}, "must be finite and not negative"),
        ({"stages": "30s:inf"}, "must be finite and not negative"),
        ({"stages": "30s:2.5"}, "users come whole"),
        ({"stages": "30s"}, "'30s' where a stage is meant"),
        ({"stages": ","}, "holds no stage"),
        ({"stages": "30s:0, 1m:0"}, "never goes above 0"),
        ({"stages": "30s:5, 1m:5/s"}, "mixes users"),
        ({"stages": "calm 30s:5"}, "the phase 'calm'"),
        ({"stages": "soon:5"}, "'soon' in 'soon:5', which is not a duration"),
        ({"plan": "spike"}, "--plan spike does not say how much load"),
        ({"plan": "chaos"}, "is not a plan: it must be one of smoke"),
        ({"plan": "load", "stages": "1m:5"}, "leave one of them out"),
        ({"rate": "5", "stages": "1m:5/s"}, "leave one of them out"),
        ({"rate": "0"}, "above 0"),
        ({"rate": "inf"}, "finite"),
        ({"max_users": "5"}, "--max-users is for the open model"),
        ({"arrivals": "poisson"}, "--arrivals is for the open model"),
        ({"arrivals": "sometimes", "rate": "1"}, "must be one of uniform, poisson"),
        ({"rate": "5", "users": "20", "max_users": "10"}, "more than --max-users 10"),
        ({"rate": "5", "processes": "8", "max_users": "4"}, "too few for 8 processes"),
        ({"rate": "5", "users": "20", "spawn_rate": "1", "run_time": "10"}, "ends before its first iteration"),
        ({"rate": "1", "run_time": "0.1"}, "ends before its first iteration"),
    ],
)
def test_an_impossible_load_is_one_clear_sentence(tmp_path: Path, flags: dict[str, Raw], said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        config(tmp_path, **flags)
    assert said in str(caught.value)
    assert caught.value.exit_code == 2


def test_users_beside_stages_of_users_are_said_to_have_no_effect(tmp_path: Path) -> None:
    settled = settle({"users": "5", "stages": "1m:20"}, Sources(env={}, folder=tmp_path, home=tmp_path))
    assert any("--users without effect" in warning for warning in settled.warnings)


def test_statistics_of_a_course_do_not_begin_anew(tmp_path: Path) -> None:
    settled = settle({"stages": "1m:20", "reset-stats": True}, Sources(env={}, folder=tmp_path, home=tmp_path))
    assert not settled.config.reset_stats
    assert any("--reset-stats without effect" in warning for warning in settled.warnings)


def test_a_stage_is_read_with_spaces_and_without() -> None:
    assert stages("30s:50,2m:200/s"[:7]) == stages(" 30s : 50 ")
