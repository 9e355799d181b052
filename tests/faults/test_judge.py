"""The laboratory's own judgement: what passes, and what is held against the diagnosis."""

from __future__ import annotations

from pathlib import Path

import pytest

from loadcell.diagnosis import Finding
from tests.faults.cases import CASES, Case
from tests.faults.judge import SERVICES, Outcome, problems

BLOCKED = Case("blocked_event_loop", "a", "stuck:sleeping()", where="time.sleep(")
LINE = 1 + next(i for i, line in enumerate((SERVICES / "stuck.py").read_text().splitlines()) if "time.sleep(" in line)


def found(*codes: str, where: str = "") -> Outcome:
    findings = [Finding(code=code, confidence="low", summary="", evidence=(), where=where) for code in codes]
    return Outcome(findings, downstream="127.0.0.1:99")


@pytest.mark.parametrize(
    ("outcome", "wrong"),
    [
        (found("blocked_event_loop", "errors", where=f"stuck.py:{LINE}"), []),
        (found("blocked_event_loop", where=f"stuck.py:{LINE + 1}"), [f"where: stuck.py:{LINE + 1}"]),
        (found("blocked_event_loop", where="pid 7"), ["where: pid 7"]),
        (found("errors", "blocked_event_loop"), ["errors came first"]),
        (found(), ["found nothing"]),
    ],
)
def test_a_fault_is_found_first_and_its_line_is_named(outcome: Outcome, wrong: list[str]) -> None:
    assert problems(BLOCKED, outcome) == wrong


def test_the_other_service_must_be_named() -> None:
    case = Case("slow_downstream", "a", "waiting:downstream()", where="downstream")
    assert problems(case, found("slow_downstream", where="127.0.0.1:99")) == []
    assert problems(case, found("slow_downstream", where="127.0.0.1:98")) == ["where: 127.0.0.1:98"]


@pytest.mark.parametrize(
    ("share", "codes", "wrong"),
    [
        (0.6, (), []),
        (0.6, ("cpu_bound",), ["found cpu_bound"]),
        (1.1, ("too_few_workers", "cpu_bound"), []),
        (1.1, ("cpu_bound", "slow_queries"), ["found slow_queries"]),
        (1.1, (), []),
    ],
)
def test_of_a_sound_service_only_a_full_one_is_spoken_of(share: float, codes: tuple[str, ...], wrong: list[str]) -> None:
    assert problems(Case("healthy", "fast", "sound:fast()", share=share), found(*codes)) == wrong


def test_every_case_has_a_name_and_a_service_of_its_own() -> None:
    assert len({case.name for case in CASES}) == len(CASES)
    for case in CASES:
        module, _, maker = case.app.partition(":")
        assert f"def {maker}" in Path(SERVICES / f"{module}.py").read_text()
