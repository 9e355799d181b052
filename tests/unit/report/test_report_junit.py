"""A run as test cases, read by a parser that is not ours."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from loadcell.objectives import NOT_JUDGED, TIMED_OUT, Result
from loadcell.report.junit import junit
from loadcell.store import RunFacts, RunReader, RunWriter
from tests.synthetic import HOSTILE

KEPT = Result(text="p95 < 300ms", stage="load", measured=81.24, passed=True)
MISSED = Result(text="p99 of 'GET /items' < 800ms", stage="load at 20 users", measured=812.0, passed=False)
LATE = Result(text="p99 < 1s", stage="load", passed=False, reason=TIMED_OUT)
UNJUDGED = Result(text="rps >= 5", stage="", passed=False, reason=f"{NOT_JUDGED}the run ended too early")
UNMEASURED = Result(text="recovery < 30s", stage="", reason="there was no stress to recover from")
UNPROVEN = Result(text="error_rate < 1%", stage="load", measured=0.0, reason="the run is invalid")


def suite_of(text: str) -> TestSuite:
    (suite,) = JUnitXml.fromstring(text.encode())
    return suite


@pytest.fixture
def cases(tmp_path: Path) -> Callable[..., list[TestCase]]:
    """The test cases of a run that ended so."""

    def made(
        code: int | None, reasons: list[str], verdict: str = "none", results: list[Result] | None = None
    ) -> list[TestCase]:
        writer = RunWriter.create(tmp_path, RunFacts(id="20261127-120000-shop", started=1.8e9, scenario="tests/shop.py"))
        if code is None:
            writer.close()
        else:
            writer.finish(code, reasons, verdict, 5.0, results or [])
        with RunReader.open(writer.path) as reader:
            return list(suite_of(junit(reader)))

    return made


def test_the_root_has_what_schemas_allow(make_run: Callable[..., Path], tmp_path: Path) -> None:
    with RunReader.open(make_run(tmp_path, seconds=5)) as reader:
        root = ET.fromstring(junit(reader))
    assert (root.tag, set(root.attrib)) == ("testsuites", {"name", "tests", "failures", "errors", "time"})


def test_objectives_are_cases_and_figures_are_properties(make_run: Callable[..., Path], tmp_path: Path) -> None:
    path = make_run(tmp_path, seconds=30, verdict="fail", objectives=[KEPT, MISSED, LATE, UNJUDGED, UNMEASURED])
    with RunReader.open(path) as reader:
        suite = suite_of(junit(reader))
        total = reader.total()
    assert (suite.name, suite.timestamp) == ("20261118-140640-shop", "2026-11-18T11:06:40")
    assert (suite.tests, suite.failures, suite.errors, suite.skipped) == (6, 4, 0, 1)
    kept, missed, late, unjudged, unmeasured, run = suite
    assert (kept.classname, kept.name, kept.result) == ("loadcell.shop", "p95 < 300ms in load", [])
    (failure,) = missed.result
    assert isinstance(failure, Failure)
    assert (failure.type, failure.message) == ("ObjectiveMissed", "measured 812 ms, limit < 800ms")
    assert late.result[0].message == f"measured time-out, limit < 1s: {TIMED_OUT}"
    assert (unjudged.result[0].type, unjudged.result[0].message) == (
        "ObjectiveNotJudged",
        "not judged: the run ended too early",
    )
    assert isinstance(unmeasured.result[0], Skipped)
    assert unmeasured.result[0].message == "not measured: there was no stress to recover from"
    # The synthetic run ends with exit code 1, which no objective explains.
    assert isinstance(run.result[0], Failure)
    properties = {one.name: one.value for one in suite.properties()}
    assert properties["requests"] == str(total.requests)
    assert float(properties["p95_ms"]) > 1
    with RunReader.open(path) as reader:
        told = ET.fromstring(junit(reader)).findtext(".//system-out")
    assert told == "Requests failed.\n2 × KeyError: <id>"
    assert properties["verdict"] == "fail"


@pytest.mark.parametrize(
    ("code", "verdict", "kind", "message"),
    [
        (0, "none", None, ""),
        (1, "none", Failure, "3 of 20 requests failed"),
        (7, "none", Failure, "3 of 20 requests failed"),
        (3, "none", Error, "3 of 20 requests failed"),
        (98, "invalid", Error, "the run is invalid: 3 of 20 requests failed"),
    ],
)
def test_without_objectives_the_run_is_the_case(
    cases: Callable[..., list[TestCase]], code: int, verdict: str, kind: type | None, message: str
) -> None:
    (case,) = cases(code, ["3 of 20 requests failed"], verdict)
    assert case.name == "the run"
    assert [(type(one), one.message) for one in case.result] == ([] if kind is None else [(kind, message)])


def test_an_invalid_run_proves_nothing(cases: Callable[..., list[TestCase]]) -> None:
    unproven, run = cases(98, ["a generator was the limit"], "invalid", [UNPROVEN])
    assert [one.message for one in unproven.result] == ["not proven: the run is invalid"]
    assert isinstance(run.result[0], Error)


def test_objectives_alone_decide_where_they_can(cases: Callable[..., list[TestCase]]) -> None:
    assert [case.name for case in cases(99, ["missed"], "fail", [MISSED])] == [
        "p99 of 'GET /items' < 800ms in load at 20 users"
    ]


def test_stages_with_the_same_load_are_told_apart(cases: Callable[..., list[TestCase]]) -> None:
    again = Result(text=KEPT.text, stage=KEPT.stage, measured=412.0, passed=False)
    found = cases(99, ["missed"], "fail", [KEPT, again, MISSED])
    assert [case.name for case in found[:2]] == ["p95 < 300ms in load", "p95 < 300ms in load (2)"]
    assert [bool(case.result) for case in found] == [False, True, True]


def test_a_run_that_was_killed_is_an_error(cases: Callable[..., list[TestCase]]) -> None:
    (case,) = cases(None, [])
    assert isinstance(case.result[0], Error)
    assert "killed before the run ended" in case.result[0].message


def test_what_xml_can_not_hold_is_left_out(cases: Callable[..., list[TestCase]]) -> None:
    text = f"rps of '{HOSTILE}' >= 5"
    reason = 'nothing of "x"\x00\x08\x1b[31m]]>\ufffe & <b>'
    (case,) = cases(99, [reason], "fail", [Result(text=text, stage="load", passed=False, reason=reason)])
    assert case.name == f"{text} in load"
    assert case.result[0].message == 'nothing of "x"���[31m]]>� & <b>'
