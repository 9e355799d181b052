"""Each sign of distress at the load at which it first showed, and none for a stall."""

from loadcell.controller.search.seconds import Second
from loadcell.controller.search.signs import Signs
from loadcell.histogram import Histogram


def second(load: float, served: int, ms: float = 10, *, failures: int = 0, refused: int = 0, gone: bool = False) -> Second:
    ok = Histogram()
    ok.record_all([round(ms * 1000)] * served)
    return Second(load, ok, failures + refused, 0, refused, gone)


def shown(signs: Signs, seconds: list[Second]) -> dict[str, float]:
    for one in seconds:
        signs.add(one)
    return {sign.kind: sign.load for sign in signs.found}


def steps(*levels: tuple[float, int, float], seconds: int = 10) -> list[Second]:
    """(load, successes/s, response time) for each level."""
    return [second(load, served, ms) for load, served, ms in levels for _ in range(seconds)]


def test_a_service_that_keeps_up_shows_nothing() -> None:
    assert shown(Signs(100), steps((10, 100, 10), (20, 200, 12), (40, 400, 20))) == {}


def test_latency_shows_at_the_load_whose_p95_is_over_the_limit() -> None:
    assert shown(Signs(100), steps((10, 100, 10), (20, 200, 40), (40, 250, 150), (80, 255, 300))) == {"latency": 40}


def test_the_limit_is_three_objectives_or_ten_baselines() -> None:
    assert Signs.latency_limit_of(12.0, 300.0) == 900
    assert Signs.latency_limit_of(12.0) == 120


def test_errors_show_above_what_is_allowed() -> None:
    fine = [second(20, 100, failures=1)] * 10
    bad = [second(30, 100, failures=2)] * 10
    assert shown(Signs(100), fine + bad) == {"error_rate": 30}
    assert shown(Signs(100, error_limit=0.05), fine + bad) == {}


def test_a_stall_of_a_second_is_no_sign() -> None:
    stalled = [second(20, 0), second(20, 300, 600)]
    assert shown(Signs(100), steps((10, 100, 10), (20, 200, 10)) + stalled + steps((20, 200, 10))) == {}


def test_refused_connections_show_while_others_are_served() -> None:
    assert shown(Signs(100, error_limit=0.5), [*steps((10, 100, 10)), *[second(20, 100, refused=5)] * 3]) == {"refused": 20}


def test_a_single_reset_is_no_sign() -> None:
    assert shown(Signs(100), [*steps((10, 100, 10)), second(10, 200, refused=1), *steps((10, 100, 10))]) == {}


def test_a_crash_is_three_seconds_of_silence() -> None:
    assert "crash" not in shown(Signs(100), [*steps((10, 100, 10)), *[second(20, 0)] * 2, *steps((20, 100, 10))])
    assert shown(Signs(100), [*steps((10, 100, 10)), *[second(20, 0, refused=50)] * 3])["crash"] == 20


def test_a_crash_is_a_process_that_is_gone() -> None:
    assert shown(Signs(100), [*steps((10, 100, 10)), second(20, 0, gone=True)]) == {"crash": 20}


def test_errors_are_answers_and_no_crash() -> None:
    found = shown(Signs(100), [*steps((10, 100, 10)), *[second(20, 0, failures=50)] * 6])
    assert found["error_rate"] == 20
    assert "crash" not in found


def test_silence_without_load_is_no_crash() -> None:
    assert shown(Signs(100), [*steps((10, 100, 10)), *[second(0, 0)] * 10]) == {}


def test_the_first_sign_is_the_first_that_showed() -> None:
    signs = Signs(100)
    shown(signs, [*steps((10, 100, 10), (20, 200, 150)), *[second(30, 100, 150, failures=30)] * 10])
    assert [sign.kind for sign in signs.found] == ["latency", "error_rate"]
    first = signs.found[0]
    assert (first.kind, first.load, first.at_s) == ("latency", 20, 13)
