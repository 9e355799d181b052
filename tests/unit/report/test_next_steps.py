"""What to do after a run, by what it has shown."""

from __future__ import annotations

from typing import Any

from loadcell.report.next_steps import steps


def result(**changed: Any) -> dict[str, Any]:
    """The document of a plain run in order, that nobody watched."""
    run = {
        "state": "finished",
        "scenario": "shop.py",
        "host": "http://127.0.0.1:8000",
        "id": "r1",
        "command": "loadcell -f shop.py -u 50",
    }
    return {
        "run": run,
        "verdict": "none",
        "generator": {"valid": True},
        "total": {"requests": 1000, "error_rate": 0.0},
        "errors": [],
        "findings": [],
        "diagnosis": {"sources": ["client"]},
        "objectives": [],
        "capacity": None,
        **changed,
    }


def commands(found: dict[str, Any]) -> list[str]:
    return [step.command for step in steps(found) if step.command]


def test_a_plain_run_leads_to_objectives_and_an_assessment() -> None:
    assert commands(result()) == [
        "--objective 'p95 < 300ms' --objective 'error_rate < 1%'",
        "loadcell assess -f shop.py -H http://127.0.0.1:8000",
    ]


def test_what_was_demanded_is_demanded_again() -> None:
    objectives = [{"text": "p95 < 300ms", "stage": stage} for stage in ("ramp", "load")]
    assert commands(result(objectives=objectives)) == [
        "loadcell assess -f shop.py -H http://127.0.0.1:8000 --objective 'p95 < 300ms'"
    ]


def test_where_generators_were_the_limit_nothing_else_is_said() -> None:
    (only,) = steps(result(generator={"valid": False}))
    assert "--processes" in only.words


def test_a_cause_is_removed_alone_and_the_same_run_again() -> None:
    found = steps(result(findings=[{"code": "slow_queries"}], diagnosis={"sources": ["client", "probe"]}))
    assert found[0].words.startswith("Do what the cause named first advises")
    assert found[1].command == "loadcell retest r1 -n 3"
    assert not any("--app" in step.words for step in found)
    assert "masked" not in found[1].words


def test_a_command_with_a_secret_in_it_is_to_be_completed() -> None:
    secret = result(findings=[{"code": "slow_queries"}])
    secret["run"] = secret["run"] | {"command": "loadcell -f shop.py --postgres '***'"}
    step = steps(secret)[1]
    assert "what is secret in its command" in step.words
    assert step.command == "loadcell retest r1 -n 3 -- …"


def test_what_most_requests_fail_with_comes_first() -> None:
    errors = [
        {"method": "GET", "name": "/a", "error": "HTTP 404", "occurrences": 3},
        {"method": "GET", "name": "/b", "error": "HTTP 500", "occurrences": 700},
    ]
    first = steps(result(total={"requests": 1000, "error_rate": 0.7}, errors=errors))[0]
    assert "GET /b: HTTP 500" in first.words


def test_below_the_capacity_it_is_held_for_long() -> None:
    capacity = {"users": 200, "rate": None}
    objectives = [{"text": "p95 < 300ms", "stage": "search"}]
    (soak,) = commands(result(capacity=capacity, objectives=objectives))
    assert soak == "loadcell run -f shop.py -H http://127.0.0.1:8000 --plan soak -u 140 --objective 'p95 < 300ms'"
    (soak,) = commands(result(capacity={"users": None, "rate": 90.0}, objectives=objectives))
    assert "--rate 63" in soak


def test_nothing_is_advised_while_it_is_under_way_or_before_anything_was_answered() -> None:
    under_way = result()
    under_way["run"] = under_way["run"] | {"state": "running"}
    assert steps(under_way) == []
    (only,) = steps(result(total={"requests": 0, "error_rate": 0.0}))
    assert only.words.startswith("No request was answered")


def test_which_number_of_workers_is_right_can_be_tried() -> None:
    found = result(findings=[{"code": "too_few_workers"}])
    assert "loadcell sweep -f shop.py --workers 1,2,4 -- COMMAND with {workers} and {port}" in commands(found)
    found["run"] = found["run"] | {"command": "loadcell -f shop.py --app shop.main:app -u 50"}
    assert "loadcell sweep -f shop.py --app shop.main:app --workers 1,2,4" in commands(found)
