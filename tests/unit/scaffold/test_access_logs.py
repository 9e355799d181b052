"""Logs in the forms that servers write them."""

from __future__ import annotations

import pytest

from loadcell.errors import UsageError
from loadcell.scaffold import access_logs
from loadcell.scaffold.operations import Operation

ITEM = Operation("GET", "/items/{item_id}", "/items/{item_id}")
NEWEST = Operation("GET", "/items/newest", "/items/newest")
ADD = Operation("POST", "/items/", "/items/")
ALL = (ITEM, NEWEST, ADD)


@pytest.mark.parametrize(
    "line",
    [
        'INFO:     127.0.0.1:50312 - "GET /items/7 HTTP/1.1" 200 OK',
        '10.0.0.1 - anna [27/Nov/2026:10:00:00 +0000] "GET /items/7?full=1 HTTP/1.1" 200 512 "https://a.example/" "curl"',
        "GET /items/7 200 3.141",
        '{"time": "x", "method": "get", "path": "/items/7", "status": 200}',
        '{"request_method": "GET", "request_uri": "/items/7/?a=b", "status": "200"}',
        '2026-11-27 GET "https://shop.example.com/items/7" 200',
        '{"message": "\\"GET /items/7 HTTP/1.1\\" 200"}',
        '{"level": "info", "request": {"method": "GET", "host": "a.example", "uri": "/items/7?x=1"}, "status": 200}',
        '{"RequestMethod": "GET", "RequestPath": "/items/7", "DownstreamStatus": 200}',
        '{"httpRequest": {"requestMethod": "GET", "requestUrl": "https://a.example/items/7", "status": 200}}',
    ],
)
def test_a_line_is_a_request_for_an_operation(line: str) -> None:
    traffic = access_logs.read([line, "", "starting …"], ALL, "log")
    assert traffic.counts == {ITEM: 1}
    assert traffic.values["/items/{}"] == [("7",)]


def test_literal_parts_come_before_parameters() -> None:
    traffic = access_logs.read(["GET /items/newest 200", "POST /items 201", "GET /nowhere 404"], ALL, "log")
    assert traffic.counts == {NEWEST: 1, ADD: 1}


def test_what_was_not_found_is_no_value() -> None:
    traffic = access_logs.read(["GET /items/8 404", "GET /items/a%20b 200"], ALL, "log")
    assert traffic.values["/items/{}"] == [("a b",)]


def test_what_scanners_ask_for_is_no_request_for_an_operation() -> None:
    scanned = ['- "GET //[x HTTP/1.1" 404', '- "GET http://[/items HTTP/1.1" 404']
    assert access_logs.read(["GET /items/newest 200", *scanned], ALL, "log").counts == {NEWEST: 1}


def test_a_log_without_requests() -> None:
    with pytest.raises(UsageError, match="has no line with a request"):
        access_logs.read(["started", "stopped"], ALL, "log")


def test_a_log_of_another_service() -> None:
    with pytest.raises(UsageError, match="None of the 2 requests in log is for a path of the specification"):
        access_logs.read(["GET /a 200", "GET /b 200"], ALL, "log")


@pytest.mark.parametrize(
    ("counts", "weights"),
    [((3, 1), (3, 1)), ((900, 100), (9, 1)), ((30, 11), (73, 27)), ((9990, 10), (999, 1)), ((1, 10_000_000), (1, 10_000))],
)
def test_weights_keep_the_ratio(counts: tuple[int, int], weights: tuple[int, int]) -> None:
    assert tuple(access_logs.weights(dict(zip((ITEM, ADD), counts, strict=True))).values()) == weights
