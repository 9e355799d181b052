from __future__ import annotations

import json
from types import TracebackType
from typing import Any

import pytest

from loadcell.scenario.rest import RestMixin


class Answer:
    """A response with what of it `rest` uses; `failed` is what the request failed with in the end."""

    status_code = 200
    js: Any = "unset"
    error: Exception | None = None

    def __init__(self, text: str | None) -> None:
        self.text = text
        self.content = None if text is None else text.encode()
        self.failed: Any = None

    def json(self) -> Any:
        return json.loads(self.text or "")

    def failure(self, reason: Any) -> None:
        self.failed = reason

    def __enter__(self) -> Answer:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> bool:
        return False


class Visitor(RestMixin):
    def __init__(self, text: str | None = '{"stock": 3}') -> None:
        self.client = self
        self.answer = Answer(text)
        self.asked: tuple[str, str] = ("", "")
        self.options: dict[str, Any] = {}

    def request(self, method: str, url: str, **options: Any) -> Answer:
        self.asked, self.options = (method, url), options
        return self.answer


def test_the_body_is_parsed_and_the_headers_ask_for_json():
    visitor = Visitor()
    with visitor.rest("GET", "/stock", timeout=3) as response:
        assert response.js == {"stock": 3}
    assert visitor.asked == ("GET", "/stock")
    json_both_ways = {"Content-Type": "application/json", "Accept": "application/json"}
    assert visitor.options == {"catch_response": True, "headers": json_both_ways, "timeout": 3}
    assert visitor.answer.failed is None


def test_headers_of_the_scenario_stay_and_are_not_changed():
    visitor = Visitor()
    headers = {"content-type": "text/csv", "Accept": "text/plain"}
    with visitor.rest("POST", "/", headers=headers):
        pass
    assert visitor.options["headers"] == {"content-type": "text/csv", "Accept": "text/plain"}


def test_an_empty_body_is_no_failure():
    visitor = Visitor("")
    with visitor.rest("GET", "/") as response:
        assert response.js is None
    assert visitor.answer.failed is None


def test_a_body_that_is_no_json_is_a_failure():
    visitor = Visitor("<html>" + "x" * 300)
    with visitor.rest("GET", "/") as response:
        assert response.js is None
    failed = visitor.answer.failed
    assert failed.startswith("Could not parse response as JSON. <html>" + "x" * 244 + ", response code 200, error ")


def test_without_an_answer_the_error_is_the_reason():
    visitor = Visitor(None)
    visitor.answer.error = OSError("refused")
    with visitor.rest("GET", "/"):
        pass
    assert visitor.answer.failed == "refused"


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ((), "Assertion failed"),
        (("too few",), "too few"),
        (("too few,",), 'too few, response was {"stock": 3}'),
    ],
)
def test_a_failed_assertion_is_the_requests_failure(said, reason):
    visitor = Visitor()
    with visitor.rest("GET", "/"):
        raise AssertionError(*said)
    assert visitor.answer.failed == reason


def test_any_other_exception_is_the_requests_failure_with_its_place():
    visitor = Visitor()
    with visitor.rest("GET", "/") as response:
        _ = response.js["price"]
    failed = visitor.answer.failed
    assert failed.startswith("KeyError: 'price' at ")
    assert "test_rest.py:" in failed
    assert failed.endswith('. Response was {"stock": 3}')


def test_the_time_keeps_caches_away_and_out_of_the_name():
    visitor = Visitor()
    with visitor.rest_("GET", "/stock?of=tea"):
        pass
    path, _, stamp = visitor.asked[1].rpartition("=")
    assert path == "/stock?of=tea&_"
    assert stamp.isdigit()
    assert visitor.options["name"] == "/stock?of=tea&_=..."
    with visitor.rest_("GET", "/stock", name="stock"):
        pass
    assert visitor.asked[1].startswith("/stock?_=")
    assert visitor.options["name"] == "stock"
