"""What a run serves to Prometheus and sends to OpenTelemetry, while it goes on."""

from __future__ import annotations

import http.server
import subprocess
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.metrics.v1.metrics_pb2 import AggregationTemporality, HistogramDataPoint, NumberDataPoint
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as plain

from tests.integration.loadcell_command import Command, RunningCommand, wait_until

SCENARIO = """
from loadcell import HttpUser, constant, task

class Visitor(HttpUser):
    wait_time = constant(0.05)

    @task(3)
    def right(self):
        self.client.get("/ok", name='right "quoted" \\\\ back')

    @task
    def wrong(self):
        self.client.get("/status/503", name="wrong")
"""
RIGHT = 'right "quoted" \\ back'
KEY = "key-that-nobody-may-see"

Page = dict[tuple[str, frozenset[tuple[str, str]]], float]


def address_of(running: RunningCommand) -> str:
    running_line = wait_until(
        lambda: [line for line in running.err.splitlines() if line.startswith("metrics: ")], "the address is told"
    )[0]
    return str(running_line).removeprefix("metrics: ")


def ended(running: RunningCommand) -> bool:
    """Whether it has, or does within the next moment."""
    try:
        return running.process.wait(0.25) is not None
    except subprocess.TimeoutExpired:
        return False


def fetched(url: str, accept: str = "text/plain") -> str | None:
    """The page; None if nobody serves it any more."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers={"Accept": accept}), timeout=10) as answer:
            return str(answer.read().decode())
    except OSError:
        return None


def samples(page: str) -> Page:
    return {(one.name, frozenset(one.labels.items())): one.value for family in plain(page) for one in family.samples}


def requests_of(page: Page, name: str, outcome: str) -> float:
    labels = frozenset({"method": "GET", "name": name, "outcome": outcome}.items())
    return page.get(("loadcell_requests_total", labels), 0.0)


def phases(page: Page) -> set[str]:
    return {dict(labels)["phase"] for name, labels in page if name == "loadcell_run_phase"}


def test_a_page_for_prometheus_whose_counters_never_fall(command: Command) -> None:
    running = command.start(
        SCENARIO, "-u", "4", "-r", "1", "-t", "6", "--processes", "2", "--reset-stats", "--metrics-port", "0"
    )
    url = address_of(running)
    pages: list[Page] = []
    marked: list[str] = []
    while not ended(running):
        if (page := fetched(url)) is not None and (pages or "loadcell_users" in page):
            pages.append(samples(page))
        marked += filter(None, [fetched(url, "application/openmetrics-text;version=1.0.0")])
    result = running.wait()
    assert list(openmetrics(marked[-1])), "the strict parser takes the form with types"
    last = pages[-1]
    for before, after in pairwise(pages):
        for series, value in before.items():
            if series[0].endswith(("_total", "_bucket", "_count", "_sum")):
                assert after[series] >= value, series
    # The result begins anew when all users are there; the page, on which there were requests before, does not. What is
    # seen of it last may be older than the result.
    assert any(phases(page) == {"ramp"} and requests_of(page, RIGHT, "success") > 20 for page in pages)
    right, wrong = result.counts()[RIGHT], result.counts()["wrong"]
    assert right[0] > 0
    assert wrong[1] > 0
    assert requests_of(last, "wrong", "failure") > 0
    assert last["loadcell_errors_total", frozenset({("kind", "http_503")})] == requests_of(last, "wrong", "failure")
    labels = {"method": "GET", "name": RIGHT, "outcome": "success"}
    assert last["loadcell_response_time_seconds_count", frozenset(labels.items())] == requests_of(last, RIGHT, "success")
    assert last["loadcell_response_time_seconds_bucket", frozenset({**labels, "le": "60.0"}.items())] > 0
    assert any(page.get(("loadcell_users", frozenset({("user_class", "Visitor")}))) == 4 for page in pages)
    generators = {dict(key[1])["generator"] for page in pages for key in page if key[0] == "loadcell_generator_cpu_ratio"}
    assert generators == {"1", "2"}
    assert set().union(*map(phases, pages)) == {"ramp", "load"}
    assert any(key[0] == "loadcell_server_host_cpu_ratio" for page in pages for key in page)


@contextmanager
def receiver(
    status: int = 200, reason: str = "OK", *, times: int = 1_000
) -> Iterator[tuple[str, list[ExportMetricsServiceRequest], list[str]]]:
    """Takes what OTLP sends: its address, what came, and the keys that it came with.

    So many `times` it answers with this status, and then with 200.
    """
    came: list[ExportMetricsServiceRequest] = []
    keys: list[str] = []

    class Receiving(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path == "/v1/metrics" and self.headers["Content-Type"] == "application/x-protobuf":
                came.append(ExportMetricsServiceRequest.FromString(body))
                keys.append(self.headers.get("api-key", ""))
            if len(came) <= times:
                self.send_response(status, reason)
            else:
                self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiving) as server:
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", came, keys
        server.shutdown()


def points(request: ExportMetricsServiceRequest, name: str) -> list[NumberDataPoint | HistogramDataPoint]:
    (resource,) = request.resource_metrics
    (scope,) = resource.scope_metrics
    return [
        point
        for metric in scope.metrics
        if metric.name == name
        for point in getattr(metric, str(metric.WhichOneof("data"))).data_points
    ]


def number(request: ExportMetricsServiceRequest, metric: str, **labels: str) -> float:
    return sum(
        point.as_double or point.as_int
        for point in points(request, metric)
        if isinstance(point, NumberDataPoint)
        and labels.items() <= {each.key: each.value.string_value for each in point.attributes}.items()
    )


@pytest.mark.parametrize("temporality", ["cumulative", pytest.param("delta", marks=pytest.mark.verify)])
def test_opentelemetry_gets_every_request(command: Command, monkeypatch: pytest.MonkeyPatch, temporality: str) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", f"api-key={KEY}")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", temporality)
    monkeypatch.setenv("OTEL_METRIC_EXPORT_INTERVAL", "700")
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment=test")
    with receiver() as (url, came, keys):
        result = command.run(SCENARIO, "-u", "3", "-r", "3", "-t", "2500ms", "--otlp", url)
    assert len(came) >= 3
    assert set(keys) == {KEY}
    counted = came if temporality == "delta" else came[-1:]
    right, wrong = result.counts()[RIGHT], result.counts()["wrong"]
    assert sum(number(each, "loadcell.requests", outcome="success", name=RIGHT) for each in counted) == right[0]
    assert sum(number(each, "loadcell.requests", outcome="failure", name="wrong") for each in counted) == wrong[1]
    times = [
        one for each in counted for one in points(each, "loadcell.response_time") if isinstance(one, HistogramDataPoint)
    ]
    assert sum(one.count for one in times) == right[0] + wrong[1]
    assert all(sum(one.bucket_counts) == one.count for one in times)
    assert all(one.start_time_unix_nano < one.time_unix_nano for one in times)
    kinds = {
        getattr(metric, str(metric.WhichOneof("data"))).aggregation_temporality
        for metric in came[-1].resource_metrics[0].scope_metrics[0].metrics
        if metric.WhichOneof("data") != "gauge"
    }
    assert kinds == {getattr(AggregationTemporality, f"AGGREGATION_TEMPORALITY_{temporality.upper()}")}
    about = {each.key: each.value.string_value for each in came[0].resource_metrics[0].resource.attributes}
    assert about["service.name"] == "loadcell"
    assert about["deployment.environment"] == "test"
    with result.reader() as reader:
        assert about["service.instance.id"] == reader.facts.id
        (path,) = (result.folder / ".loadcell/runs").glob("*.loadcell")
    assert KEY.encode() not in path.read_bytes()
    assert KEY not in result.out + result.err


def test_a_receiver_that_refuses_is_told_of_in_one_line(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", f"api-key={KEY}")
    monkeypatch.setenv("OTEL_METRIC_EXPORT_INTERVAL", "300")
    with receiver(403, f"Forbidden for {KEY}") as (url, came, _):
        result = command.run(SCENARIO, "-u", "1", "-t", "2", "--otlp", url.replace("//", "//anna:hunter2@"))
    assert len(came) > 2
    (told,) = result.events("export_failed")
    assert told.text == f"The figures can't be sent to {url.replace('//', '//anna:***@')}/v1/metrics: " + (
        "it answers with 403 Forbidden for ***. The load goes on."
    )
    assert result.err.count(told.text) == 2, "once when it happens, once in the summary"
    assert "hunter2" not in result.out + result.err
    assert result.sent > 10


@pytest.mark.verify
def test_what_was_refused_is_in_what_is_taken_later(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "delta")
    monkeypatch.setenv("OTEL_METRIC_EXPORT_INTERVAL", "500")
    with receiver(400, "Bad Request", times=5) as (url, came, _):
        result = command.run(SCENARIO, "-u", "2", "-r", "2", "-t", "4", "--otlp", url)
    right = result.counts()[RIGHT]
    told = [number(each, "loadcell.requests", outcome="success", name=RIGHT) for each in came]
    assert told[4] > 0, "there was something to refuse"
    assert sum(told[5:]) == right[0]
    assert [len(result.events(kind)) for kind in ("export_failed", "export_back")] == [1, 1]


def test_a_receiver_that_is_not_there_does_not_hold_the_end_up(command: Command) -> None:
    result = command.run(SCENARIO, "-u", "1", "-t", "1", "--otlp", "http://127.0.0.1:9")
    assert result.sent > 5
    assert "The figures can't be sent to http://127.0.0.1:9/v1/metrics" in result.err or "were not taken" in result.err
    assert "Traceback" not in result.err
