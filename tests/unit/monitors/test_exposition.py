"""Pages of metrics, as services and node_exporter write them."""

from __future__ import annotations

import pytest

from loadcell.monitors.app_metrics import AppMetrics, quantile
from loadcell.monitors.exposition import Page, parse
from loadcell.monitors.node_metrics import NodeMetrics
from loadcell.monitors.turns import Turns, differ

APP = """\
# HELP process_start_time_seconds Start time
# TYPE process_start_time_seconds gauge
process_start_time_seconds 1.7e+09
# TYPE process_cpu_seconds_total counter
process_cpu_seconds_total {cpu}
# TYPE process_resident_memory_bytes gauge
process_resident_memory_bytes 5e+07
# TYPE shop_http_requests_total counter
shop_http_requests_total{{handler="/items/{{id}}",method="GET",status="2xx"}} {ok}
shop_http_requests_total{{handler="/items/{{id}}",method="GET",status="5xx"}} {failed}
# TYPE shop_http_request_duration_highr_seconds histogram
shop_http_request_duration_highr_seconds_bucket{{le="0.01"}} {fast}
shop_http_request_duration_highr_seconds_bucket{{le="0.1"}} {ok}
shop_http_request_duration_highr_seconds_bucket{{le="+Inf"}} {ok}
shop_http_request_duration_highr_seconds_count {ok}
shop_http_request_duration_highr_seconds_sum 12
# TYPE shop_http_request_duration_seconds histogram
shop_http_request_duration_seconds_bucket{{handler="/items/{{id}}",method="GET",le="+Inf"}} {ok}
shop_http_request_duration_seconds_count{{handler="/items/{{id}}",method="GET"}} {ok}
shop_http_request_duration_seconds_sum{{handler="/items/{{id}}",method="GET"}} {spent}
"""
NODE = """\
# TYPE node_cpu_seconds_total counter
node_cpu_seconds_total{{cpu="0",mode="idle"}} {idle}
node_cpu_seconds_total{{cpu="0",mode="user"}} {user}
node_cpu_seconds_total{{cpu="1",mode="idle"}} 100
node_cpu_seconds_total{{cpu="1",mode="steal"}} {steal}
# TYPE node_memory_MemAvailable_bytes gauge
node_memory_MemAvailable_bytes 3e+09
# TYPE node_pressure_cpu_waiting_seconds_total counter
node_pressure_cpu_waiting_seconds_total {waited}
# TYPE node_disk_read_bytes_total counter
node_disk_read_bytes_total{{device="vda"}} {read}
# TYPE node_network_receive_bytes_total counter
node_network_receive_bytes_total{{device="eth0"}} {read}
# TYPE node_netstat_TcpExt_ListenOverflows untyped
node_netstat_TcpExt_ListenOverflows {waited}
"""


def page(text: str, **values: float) -> Page:
    return parse(text.format(**values))


def test_requests_errors_and_times_of_the_service() -> None:
    metrics = AppMetrics()
    list(metrics.readings(page(APP, cpu=1, ok=100, failed=0, fast=90, spent=2.0), 10.0))
    found = {
        (reading.signal, reading.of): reading.value
        for reading in metrics.readings(page(APP, cpu=2, ok=300, failed=4, fast=190, spent=8.0), 12.0)
    }
    assert found == {
        ("app_requests", "GET /items/{id}"): 102.0,
        ("app_errors", "GET /items/{id}"): 2.0,
        ("app_time", "GET /items/{id}"): pytest.approx(30.0),
        ("app_p95", ""): pytest.approx(91.0),
        ("app_cpu", ""): 50.0,
        ("app_memory", ""): 50.0,
    }


def test_a_host_by_node_exporter() -> None:
    metrics = NodeMetrics("db:9100")
    assert NodeMetrics.knows(page(NODE, idle=1, user=1, steal=0, waited=0, read=0))
    list(metrics.readings(page(NODE, idle=50, user=10, steal=0, waited=1, read=0), 10.0))
    readings = list(metrics.readings(page(NODE, idle=51, user=12, steal=1, waited=2, read=4e6), 12.0))
    found = {(reading.signal, reading.of): reading.value for reading in readings}
    assert found["host_cpu", "db:9100"] == 75.0
    assert found["host_steal", "db:9100"] == 25.0
    assert found["host_cores", "db:9100"] == 2
    assert found["host_memory_available", "db:9100"] == 3000.0
    assert found["psi_cpu", "db:9100"] == 50.0
    assert found["accept_overflows", "db:9100"] == 0.5
    assert found["disk_read", "db:9100 vda"] == found["net_in", "db:9100 eth0"] == 2.0


@pytest.mark.parametrize(
    "text", ["", "<html><body>It works!</body></html>", '{"status": "ok"}', "hello there everybody", "\n\n"]
)
def test_what_is_no_page_of_metrics(text: str) -> None:
    with pytest.raises(ValueError):
        parse(text)


@pytest.mark.parametrize(
    ("cumulated", "value"),
    [
        ([(0.1, 50.0), (0.2, 100.0), (float("inf"), 100.0)], 0.19),
        ([(0.1, 10.0), (float("inf"), 100.0)], 0.1),
        ([(0.1, 0.0), (float("inf"), 0.0)], None),
        ([], None),
    ],
)
def test_quantiles_of_buckets(cumulated: list[tuple[float, float]], value: float | None) -> None:
    assert quantile(cumulated, 0.95) == (None if value is None else pytest.approx(value))


def counting(requests: float, started: float | None = None) -> Page:
    text = f"# TYPE http_requests_total counter\nhttp_requests_total {requests}\n"
    if started is not None:
        text += f"# TYPE process_start_time_seconds gauge\nprocess_start_time_seconds {started}\n"
    return parse(text)


@pytest.mark.parametrize(
    ("pages", "convicted"),
    [
        pytest.param([(1, 7), (2, 7), (3, 7)], None, id="one process"),
        pytest.param([(100, 7), (2, 8), (3, 8), (1, 9)], None, id="restarts"),
        pytest.param([(100, 7), (40, 8), (101, 7)], 2, id="two that take turns"),
        pytest.param([(9927, None), (14018, None)] * 4, 6, id="two without a start, from the third fall on"),
        pytest.param([(100, None), (1, None), (90, None), (2, None), (95, None)], None, id="restarts without a start"),
    ],
)
def test_processes_that_take_turns(pages: list[tuple[float, float | None]], convicted: int | None) -> None:
    turns = Turns()
    verdicts = [turns.taken(counting(*each)) for each in pages]
    assert (verdicts.index(True) if True in verdicts else None) == convicted


def test_pages_fetched_in_a_row() -> None:
    assert not differ([counting(1), counting(2), counting(2)])
    assert differ([counting(9), counting(5)])
    assert differ([counting(1, 7), counting(2, 8)])
