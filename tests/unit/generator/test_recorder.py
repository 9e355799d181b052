"""The recorder: everything counted once, handed out once, and nothing that grows without bound."""

from __future__ import annotations

from typing import Any

import pytest

from loadcell.generator import recorder as module
from loadcell.generator.entry import Entry
from loadcell.generator.recorder import Recorder, error_text
from loadcell.histogram import Histogram
from loadcell.http.failures import CatchResponseError
from loadcell.messages import EntryCounts, Frames, Interval, frame, report_of


@pytest.fixture
def recorder() -> Recorder:
    return Recorder(lambda: 1.5)


def only(recorder: Recorder) -> EntryCounts:
    ((entry,), _, _, _) = recorder.drain()
    return entry


def times_of(data: bytes) -> list[tuple[float, int]]:
    return list(Histogram.from_bytes(data).buckets())


def test_successes_and_failures_of_one_entry(recorder: Recorder) -> None:
    recorder.success("GET", "/a", 100, 10)
    recorder.success("GET", "/a", 300, 20)
    recorder.failure("GET", "/a", 50, 1, ValueError("no"))
    entry = only(recorder)
    assert (entry.method, entry.name, entry.requests, entry.failures, entry.received) == ("GET", "/a", 3, 1, 31)
    assert (entry.total_us, entry.min_us, entry.max_us, entry.untimed) == (450, 50, 300, 0)
    assert (times_of(entry.ok), times_of(entry.failed)) == ([(100, 1), (300, 1)], [(50, 1)])


def test_what_was_handed_out_is_gone(recorder: Recorder) -> None:
    recorder.success("GET", "/a", 100, 10)
    recorder.failure("GET", "/a", 100, 0, "broken")
    recorder.exception("KeyError: 1", "at line 1")
    recorder.connected()
    first = recorder.drain()
    assert [len(found) for found in first[:3]] == [1, 1, 1]
    assert first[3] == 1
    assert recorder.drain() == ([], [], [], 0)
    recorder.success("GET", "/a", 7, 0)
    entry = only(recorder)
    assert (entry.requests, entry.min_us, entry.max_us, entry.received) == (1, 7, 7, 0)


def test_sessions_may_append_times_and_fold_them(recorder: Recorder) -> None:
    entry = recorder.entry("GET", "/a")
    assert recorder.entries_of("GET")["/a"] is entry
    entry.times += [5, 1, 9]
    entry.fold()
    assert entry.times == []
    entry.times.append(4)
    counts = only(recorder)
    assert (counts.requests, counts.total_us, counts.min_us, counts.max_us) == (4, 19, 1, 9)


def test_methods_are_kept_apart(recorder: Recorder) -> None:
    recorder.success("GET", "/a", 1, 0)
    recorder.success("POST", "/a", 2, 0)
    entries, *_ = recorder.drain()
    assert {(entry.method, entry.name, entry.max_us) for entry in entries} == {("GET", "/a", 1), ("POST", "/a", 2)}


def test_requests_that_were_left_out_are_no_requests(recorder: Recorder) -> None:
    recorder.left_out("POST", "/a")
    recorder.left_out("POST", "/a")
    ((entry,), _, _, _) = recorder.drain()
    assert (entry.requests, entry.left_out, entry.min_us) == (0, 2, 0)
    assert recorder.drain()[0] == []


def test_interrupted_requests_are_no_requests(recorder: Recorder) -> None:
    recorder.interrupted("GET", "/a")
    entry = only(recorder)
    assert (entry.requests, entry.interrupted, entry.min_us) == (0, 1, 0)


def test_the_phases_of_a_request(recorder: Recorder) -> None:
    recorder.phases("GET", "/a", connect_us=200, tls_us=300, body_us=40, redirects=2)
    recorder.phases("GET", "/a", connect_us=0, tls_us=0, body_us=5, redirects=0)
    entry = only(recorder)
    found = (entry.connects, entry.connect_us, entry.tls_us, entry.body_us, entry.redirects)
    assert found == (1, 200, 300, 45, 2)


def test_the_listener_of_events_takes_milliseconds(recorder: Recorder) -> None:
    recorder.on_request("GET", "/a", 1.2345, 10, response=object(), context={}, start_time=0, url="")
    recorder.on_request("GET", "/a", 2, None, exception="broken")
    entry = only(recorder)
    assert (entry.requests, entry.failures, entry.received, entry.total_us) == (2, 1, 10, 3234)


@pytest.mark.parametrize("exception", [None, ValueError("no")])
def test_a_request_without_a_time_is_in_no_histogram(recorder: Recorder, exception: Exception | None) -> None:
    recorder.on_request("MSG", "sent", None, 5, exception=exception)
    recorder.on_request("MSG", "sent", 2.0, 5)
    entry = only(recorder)
    assert (entry.requests, entry.untimed, entry.failures) == (2, 1, int(exception is not None))
    assert (entry.min_us, entry.max_us, entry.total_us, entry.received) == (2000, 2000, 2000, 10)
    assert entry.failed == b""


def test_errors_are_grouped_by_their_text(recorder: Recorder) -> None:
    clock = iter((1.0, 2.0, 3.0))
    recorder = Recorder(lambda: next(clock))
    recorder.failure("GET", "/a", 1, 0, ConnectionRefusedError(111, "Connection refused"))
    recorder.failure("GET", "/a", 1, 0, ConnectionRefusedError(111, "Connection refused"))
    recorder.failure("GET", "/b", 1, 0, CatchResponseError("too many"))
    _, errors, _, _ = recorder.drain()
    found = [(each.name, each.error, each.occurrences, each.first_s, each.last_s) for each in errors]
    refused = "ConnectionRefusedError(111, 'Connection refused')"
    assert found == [("/a", refused, 2, 1.0, 2.0), ("/b", "too many", 1, 3.0, 3.0)]


def test_timeouts_are_counted(recorder: Recorder) -> None:
    recorder.failure("GET", "/a", 1, 0, TimeoutError("late"))
    recorder.failure("GET", "/a", 1, 0, OSError("broken"))
    assert only(recorder).timeouts == 1


@pytest.mark.parametrize(
    ("error", "text"),
    [
        ("as it is", "as it is"),
        (CatchResponseError("given"), "given"),
        (KeyError("k"), "KeyError('k')"),
        ("x" * 5000, "x" * 1000),
    ],
)
def test_the_text_of_an_error(error: BaseException | str, text: str) -> None:
    assert error_text(error) == text


def test_names_are_bounded_and_nothing_is_lost(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_ENTRIES", 3)
    for round_ in range(2):
        for n in range(10):
            recorder.success("GET", f"/{n}", 1, 0)
        entries, *_ = recorder.drain()
        assert {entry.name: entry.requests for entry in entries} == {"/0": 1, "/1": 1, "/2": 1, "(other names)": 7}, round_


def test_methods_are_bounded_and_nothing_is_lost(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_METHODS", 2)
    monkeypatch.setattr(module, "MAX_ENTRIES", 4)
    for n in range(100):
        recorder.success(f"M{n}", f"/{n % 50}", 1, 0)
    entries, *_ = recorder.drain()
    assert sum(entry.requests for entry in entries) == 100
    assert {entry.method for entry in entries} == {"M0", "M1", "(other methods)"}
    assert len(entries) <= 5
    assert len(recorder._by_method) == 3


def test_errors_of_one_second_are_bounded_and_all_counted(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_ERRORS", 3)
    for n in range(10):
        recorder.failure("GET", "/a", 1, 0, f"error {n}")
    _, errors, _, _ = recorder.drain()
    assert {each.error: each.occurrences for each in errors} == {
        "error 0": 1, "error 1": 1, "error 2": 1, "(other errors)": 7,
    }  # fmt: skip


def test_exceptions_are_bounded_and_all_counted(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_EXCEPTIONS", 2)
    for n in (0, 0, 1, 2, 3):
        recorder.exception(f"KeyError: {n}", "at line 1")
    recorder.exception("x" * 9999, "y" * 9999 + "the end")
    _, _, exceptions, _ = recorder.drain()
    found = {each.message: each.occurrences for each in exceptions}
    assert found == {"KeyError: 0": 2, "KeyError: 1": 1, "(other exceptions)": 3}
    recorder.exception("x" * 9999, "y" * 9999 + "the end")
    _, _, (long,), _ = recorder.drain()
    assert len(long.message) == 1000
    assert len(long.traceback) == 4000
    assert long.traceback.endswith("the end")


def test_an_entry_in_which_nothing_happened() -> None:
    assert Entry("GET", "/a").counts() is None


def as_received(recorder: Recorder) -> Interval:
    """The interval under way as the controller gets it."""
    entries, errors, exceptions, _ = recorder.drain()
    (body,) = Frames().feed(frame(Interval(0, 0.0, 1.0, 1, {}, entries, errors, exceptions)))
    report = report_of(body)
    assert isinstance(report, Interval)
    return report


class Unspeakable(Exception):
    def __repr__(self) -> str:
        raise RuntimeError("no")

    __str__ = __repr__


@pytest.mark.parametrize(
    ("fired", "method", "name", "received", "requests"),
    [
        ({"name": 42}, "GET", "42", 10, 1),
        ({"name": None}, "GET", "None", 10, 1),
        ({"name": ["/a"]}, "GET", "['/a']", 10, 1),
        ({"name": "/\ud800"}, "GET", "/?", 10, 1),
        ({"name": Unspeakable()}, "GET", "<Unspeakable>", 10, 1),
        ({"request_type": None}, "None", "/a", 10, 1),
        ({"response_length": 12.5}, "GET", "/a", 12, 1),
        ({"response_length": "much"}, "GET", "/a", 0, 1),
        ({"response_length": 1 << 80}, "GET", "/a", 1 << 40, 1),
        ({"response_time": "long"}, "GET", "/a", 10, 1),
        ({"response_time": float("nan")}, "GET", "/a", 10, 1),
        ({"response_time": -3}, "GET", "/a", 10, 1),
    ],
)
def test_whatever_a_scenario_fires_reaches_the_controller(
    recorder: Recorder, fired: dict[str, Any], method: str, name: str, received: int, requests: int
) -> None:
    usual = {"request_type": "GET", "name": "/a", "response_time": 1.0, "response_length": 10}
    recorder.on_request(**(usual | fired))
    (entry,) = as_received(recorder).entries
    assert (entry.method, entry.name, entry.received, entry.requests) == (method, name, received, requests)


@pytest.mark.parametrize(
    ("error", "text"),
    [("half \udc80", "half ?"), (CatchResponseError("\ud800"), "?"), (Unspeakable(), "Unspeakable"), (7, "7")],
)
def test_whatever_a_server_answers_reaches_the_controller(recorder: Recorder, error: Any, text: str) -> None:
    recorder.failure("GET", "/a", 1, 0, error)
    recorder.exception("message \udc80", "traceback \udc80")
    received = as_received(recorder)
    assert [each.error for each in received.errors] == [text]
    assert [(each.message, each.traceback) for each in received.exceptions] == [("message ?", "traceback ?")]


def test_odd_methods_and_names_of_our_own_client_are_one_entry(recorder: Recorder) -> None:
    odd: Any = 42
    for name in (odd, "42", odd):
        recorder.success("GET", name, 1, 0)
        recorder.interrupted(odd, name)
    found = {(each.method, each.name): (each.requests, each.interrupted) for each in as_received(recorder).entries}
    assert found == {("GET", "42"): (3, 0), ("42", "42"): (0, 3)}


def test_it_tells_whether_it_holds_something(recorder: Recorder) -> None:
    assert not recorder.holds_something
    recorder.entry("GET", "/a").times.append(3)
    assert recorder.holds_something
    recorder.drain()
    assert not recorder.holds_something
    recorder.exception("KeyError", "")
    assert recorder.holds_something


def test_an_interval_that_ended_is_made_ready_while_the_next_is_recorded(recorder: Recorder) -> None:
    kept: list[tuple[str, int]] = []
    recorder.keep = lambda entries, errors: kept.extend((entry.name, entry.requests) for entry in entries)
    recorder.from_intended(lambda: 7)
    for name in ("/a", "/b"):
        recorder.success("GET", name, 100, 10)
    recorder.failure("GET", "/a", 50, 0, "no")
    ended = recorder.end()
    assert ended.step()
    recorder.success("GET", "/a", 300, 10)
    recorder.share()  # Who reads the statistics meanwhile sees everything, in its order.
    assert kept == [("/a", 2), ("/b", 1), ("/a", 1)]
    assert not ended.step()
    assert [(each.name, each.requests, each.max_us, each.received) for each in ended.entries] == [
        ("/a", 2, 100, 10),
        ("/b", 1, 100, 10),
    ]
    assert times_of(ended.entries[0].intended) == [(57, 1), (107, 1)]
    assert [(each.name, each.occurrences) for each in ended.errors] == [("/a", 1)]
    counts = only(recorder)
    assert (counts.requests, counts.min_us, times_of(counts.intended)) == (1, 300, [(307, 1)])
    assert len(kept) == 3


def test_lateness_is_added_to_the_first_request_of_an_iteration_whatever_its_client(recorder: Recorder) -> None:
    recorder.success("GET", "/a", 100, 0)
    late = [7000]
    recorder.from_intended(lambda: late.pop() if late else 0)
    recorder.success("GET", "/a", 300, 0)
    recorder.success("GET", "/a", 300, 0)
    late.append(5000)
    recorder.failure("GET", "/a", 50, 0, ValueError("no"))
    late.append(9000)
    recorder.on_request("GET", "/b", 2.0, 0)
    (a, b), _, _, _ = recorder.drain()
    # What was counted before has no intended start.
    assert Histogram.from_bytes(a.intended).total == 3
    assert [round(us, -2) for us, _ in times_of(a.intended)] == [300, 5000, 7300]
    assert [round(us, -2) for us, _ in times_of(b.intended)] == [11000]
    assert times_of(a.ok) == [(100, 1), (300, 2)]
    recorder.success("GET", "/a", 100, 0)
    assert times_of(only(recorder).intended) == [(100, 1)]


def test_the_closed_model_has_no_intended_start(recorder: Recorder) -> None:
    recorder.success("GET", "/a", 100, 0)
    assert only(recorder).intended == b""
