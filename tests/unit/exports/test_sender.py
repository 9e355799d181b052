"""What a sender makes of OpenTelemetry's variables, and of what its exporter says."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator

import pytest

from loadcell.clock import ManualClock
from loadcell.errors import UsageError
from loadcell.exports.feed import Feed
from loadcell.exports.sender import Sender, cause_of


@pytest.fixture(autouse=True)
def logger() -> Iterator[None]:
    """Gives OpenTelemetry's logger back as it was."""
    kept = logging.getLogger("opentelemetry")
    handlers, propagate = list(kept.handlers), kept.propagate
    yield
    kept.handlers, kept.propagate = handlers, propagate


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("OTEL_EXPORTER_OTLP_HEADERS", "the-key-alone", "OTEL_EXPORTER_OTLP_METRICS_HEADERS can't be read."),
        ("OTEL_METRIC_EXPORT_INTERVAL", "soon", "OTEL_METRIC_EXPORT_INTERVAL='soon': is not a number of ms."),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "soon", "OpenTelemetry's environment variables can't be used: "),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "zip", "OpenTelemetry's environment variables can't be used: "),
    ],
)
def test_variables_that_cannot_be_read(monkeypatch: pytest.MonkeyPatch, variable: str, value: str, message: str) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(UsageError) as told:
        Sender("http://127.0.0.1:9/v1/metrics", Feed(ManualClock()), os.environ)
    assert message in told.value.message
    assert "the-key" not in str(told.value)


def test_a_run_that_never_begins_sends_nothing() -> None:
    sender = Sender("http://127.0.0.1:9/v1/metrics", Feed(ManualClock()), {})
    assert sender.close() == ""


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        (["… NewConnectionError('[Errno 111] Connection refused'))"], "connection refused"),
        (["… [Errno -2] Name or service not known)"], "name or service not known"),
        (["Failed to export metrics batch code: 401, reason: Unauthorized"], "it answers with 401 Unauthorized"),
        (["Transient error Service Unavailable encountered while exporting"], "it answers with Service Unavailable"),
        (["Failed … reason: ReadTimeout … timed out. (read timeout=10)"], "timed out"),
        ([], "no answer"),
    ],
)
def test_why_nothing_is_taken(said: list[str], cause: str) -> None:
    assert cause_of(said) == cause
