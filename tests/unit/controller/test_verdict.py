from __future__ import annotations

from typing import Any

import pytest

from loadcell.controller.totals import RunTotals
from loadcell.controller.verdict import Verdict, judge
from loadcell.messages import EntryCounts, ErrorCount, ExceptionCount, Interval
from loadcell.objectives import Result


def totals(requests: int = 0, failures: int = 0, connections: int = 1, exceptions: int = 0, error: str = "") -> RunTotals:
    measured = RunTotals()
    measured.add(
        Interval(
            second=0,
            start_s=0,
            end_s=1,
            users=1,
            users_by_class={},
            entries=[EntryCounts("GET", "/", requests, failures, untimed=requests)],
            errors=[ErrorCount("GET", "/", error, failures, 0, 1)] if error else [],
            exceptions=[ExceptionCount("KeyError", "…", exceptions)] if exceptions else [],
            connections=connections,
        )
    )
    return measured


def verdict(measured: RunTotals, **more: Any) -> Verdict:
    settings: dict[str, Any] = {"host": "http://shop.test", "exit_code_on_error": 1}
    return judge(measured, **(settings | more))


def test_a_run_without_failures_passes() -> None:
    assert verdict(totals(10)) == Verdict(0)


def test_failed_requests_and_exceptions_fail_it() -> None:
    assert verdict(totals(2000, 1)) == Verdict(1, ("1 of 2,000 requests failed",))
    assert verdict(totals(5, exceptions=2)) == Verdict(1, ("the scenario raised 2 exceptions",))


def test_the_exit_code_for_errors_can_be_chosen() -> None:
    assert verdict(totals(10, 1), exit_code_on_error=0).exit_code == 0


@pytest.mark.parametrize(("last", "told"), [(9, False), (13, True)])
def test_a_service_that_stands_still_at_the_end_is_told_of(last: int, told: bool) -> None:
    measured = totals(10)
    waiting = [EntryCounts("GET", "/", interrupted=70)]
    for second in range(1, last):
        entries = waiting if second == last - 1 else []
        measured.add(
            Interval(second, second, second + 1, users=70, users_by_class={}, entries=entries, errors=[], exceptions=[])
        )
    silence = (
        "in the last 12 s no request ended, with 70 requests under way: how long those would have taken is in no figure"
    )
    assert verdict(measured) == Verdict(0, (silence,) if told else ())


def test_requests_of_which_none_ends_are_no_success() -> None:
    measured = RunTotals()
    waiting = [EntryCounts("GET", "/", interrupted=3)]
    measured.add(Interval(0, 0, 1, users=3, users_by_class={}, entries=waiting, errors=[], exceptions=[]))
    assert verdict(measured) == Verdict(1, ("none of 3 requests ended",))


def test_nothing_sent_is_no_success() -> None:
    assert verdict(totals()) == Verdict(1, ("no request was sent",))


def test_a_service_that_was_never_reached_is_told_apart_from_one_that_fails() -> None:
    error = "ConnectionRefusedError(111, 'Connection refused')"
    refused = verdict(totals(5, 5, connections=0, error=error))
    assert refused == Verdict(3, (f"no connection to http://shop.test ever succeeded: {error}",))
    assert verdict(totals(5, 5, connections=1, error=error)).exit_code == 1


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ("gaierror(-2, 'Name or service not known')", 3),
        ("ConnectTimeout('no TLS handshake within the time allowed')", 3),
        ("OSError(113, 'No route to host')", 3),
        ("OSError(99, 'shop.test has no address')", 3),
        ("SSLCertVerificationError(1, 'certificate verify failed')", 3),
        ("OSError(24, 'Too many open files')", 1),
        ("ReadTimeout('no answer within the time allowed')", 1),
        ("RpcError('NOT_FOUND: ConnectionRefusedError(')", 1),
    ],
)
def test_only_failures_to_connect_mean_that_nothing_was_reached(error: str, code: int) -> None:
    measured = totals(5, 5, connections=0, error=error)
    assert verdict(measured).exit_code == code
    measured.errors["ValueError('of another kind')"] += 1
    assert verdict(measured).exit_code == 1


def test_requests_of_another_protocol_that_succeed_need_no_connection_of_ours() -> None:
    assert verdict(totals(5, 1, connections=0)).exit_code == 1


def test_the_scenarios_own_code_wins_over_what_was_measured() -> None:
    assert verdict(totals(10, 1), own_exit_code=0).exit_code == 0
    assert verdict(totals(10), own_exit_code=7).exit_code == 7


def test_a_loss_that_ended_the_run_wins_over_everything() -> None:
    lost = verdict(totals(10, 1), own_exit_code=0, losses=("The lead was lost.",))
    assert lost == Verdict(4, ("The lead was lost.", "1 of 10 requests failed"))


def kept(passed: bool | None = True, text: str = "p95 < 300ms") -> Result:
    return Result(text=text, stage="load", measured=100.0 if passed is not None else None, passed=passed, reason="")


def test_objectives_decide_whatever_failed() -> None:
    found = verdict(totals(10, 3), results=[kept()])
    assert (found.exit_code, found.verdict) == (0, "pass")
    assert found.reasons == ("3 of 10 requests failed",)
    found = verdict(totals(10), results=[kept(), kept(False, "p50 < 5ms")])
    assert (found.exit_code, found.verdict) == (99, "fail")
    assert found.reasons == ("p50 < 5ms: it was 100 ms (load)",)
    assert found.results == (kept(), kept(False, "p50 < 5ms"))


def test_a_run_without_a_request_passes_no_objective() -> None:
    failed = Result(text="rps >= 5", stage="", passed=False, reason="not judged")
    assert verdict(totals(), results=[failed]).exit_code == 99


def test_what_can_not_be_measured_gives_no_verdict() -> None:
    found = verdict(totals(10, 3), results=[kept(None, "recovery < 30s")])
    assert (found.exit_code, found.verdict) == (1, "none")
    found = verdict(totals(10), results=[kept(), kept(None, "recovery < 30s")])
    assert (found.exit_code, found.verdict) == (0, "pass")
    assert "not measured" in found.reasons[0]


def test_an_invalid_run_passes_no_objective() -> None:
    found = verdict(totals(10), results=[kept(), kept(False, "p50 < 5ms")], invalid=("Generator 1 …",))
    assert (found.exit_code, found.verdict) == (98, "invalid")
    assert found.reasons[0] == "Generator 1 …"
    assert [result.passed for result in found.results] == [None, False]
    assert verdict(totals(10), invalid=("Generator 1 …",)).exit_code == 98


def test_a_service_that_was_never_reached_and_the_scenarios_own_code_come_first() -> None:
    refused = totals(5, 5, connections=0, error="ConnectionRefusedError(111, 'Connection refused')")
    found = verdict(refused, results=[kept(False)])
    assert (found.exit_code, found.verdict) == (3, "fail")
    assert "no connection" in found.reasons[0]
    found = verdict(totals(10), results=[kept(False)], own_exit_code=7)
    assert (found.exit_code, found.verdict) == (7, "fail")
    found = verdict(totals(10), results=[kept()], losses=("The lead was lost.",))
    assert (found.exit_code, found.verdict) == (4, "pass")
