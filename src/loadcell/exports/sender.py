"""Sends a run's figures to OpenTelemetry, from a thread of its own: whatever becomes of them, the load goes on."""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import unquote

from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.sdk.metrics.export import MetricExportResult
from opentelemetry.sdk.resources import Resource

from loadcell.errors import UsageError
from loadcell.exports.feed import Feed, build_info
from loadcell.exports.metrics_data import Sent, metrics_data
from loadcell.messages import Event
from loadcell.text import HIDDEN, masked, one_line

EVERY_S = 10.0
LAST_S = 5.0
"""How long the end of a run waits for the last figures to be taken."""
_EVERY = "OTEL_METRIC_EXPORT_INTERVAL"
_HEADERS = ("OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_METRICS_HEADERS")
_TEMPORALITY = "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE"
_CAUSE = re.compile(r"\[Errno -?\d+\] ([^'\")]+)|(timed out)")
_LONGEST_CAUSE = 200
_SHORTEST_SECRET = 6
"""A shorter value of a header is no key, and hiding it would spoil any text."""


class Sender:
    """Sends the figures of `feed` as soon as its run begins, then every 10 s, and once more at the end."""

    def __init__(self, url: str, feed: Feed, environment: Mapping[str, str]) -> None:
        """`environment` has OpenTelemetry's variables. UsageError on those that can't be read."""
        self._shown = masked(url)
        self._feed = feed
        self._secrets = sorted(_secrets(environment), key=len, reverse=True)
        self._every_s = _every_s(environment)
        self._delta = environment.get(_TEMPORALITY, "").strip().lower() in ("delta", "lowmemory")
        self._heard = _Heard()
        logger = logging.getLogger("opentelemetry")
        # Its own lines would go to the terminal, with what they quote.
        logger.propagate = False
        logger.addHandler(self._heard)
        try:
            self._exporter = OTLPMetricExporter(url)
        except (ValueError, OSError) as error:
            raise UsageError(f"OpenTelemetry's environment variables can't be used: {self._hidden(str(error))}.") from error
        if said := self._heard.take():
            # What it says of headers quotes them.
            if "header" not in said[0].lower():
                wrong = self._hidden(said[0].rstrip("."))
                raise UsageError(f"OpenTelemetry's environment variables can't be used: {wrong}.")
            raise UsageError(
                f"{' or '.join(_HEADERS)} can't be read.", "Write name=value, several of them with commas between."
            )
        self._sent = Sent(time.time_ns())
        self._failing = ""
        """Why nothing is taken; empty while all is well."""
        self._untold = ""
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="otlp", daemon=True)
        self._thread.start()

    def close(self) -> str:
        """Send what is left and end; a sentence if that fails and nobody was told of it, else empty."""
        self._over.set()
        self._feed.begun.set()
        if self._failing:
            self._exporter.shutdown()  # Nothing more is waited for.
        self._thread.join(LAST_S)
        if self._thread.is_alive():
            return f"The last figures were not taken by {self._shown} within {LAST_S:.0f} s."
        return self._untold

    def _run(self) -> None:
        self._feed.begun.wait()
        if not self._feed.run_id:
            return  # The run never began.
        resource = resource_of(self._feed.run_id)
        while True:
            over = self._over.is_set()
            if not (over and self._failing):
                self._send(resource)
            if over:
                return
            self._over.wait(self._every_s)

    def _send(self, resource: Resource) -> None:
        data, sent = metrics_data(self._feed.families(), resource, self._sent, time.time_ns(), delta=self._delta)
        taken = self._exporter.export(data) is MetricExportResult.SUCCESS
        said = self._heard.take()
        if taken:
            self._sent = sent
            if self._failing:
                self._failing = self._untold = ""
                self._feed.tell(Event("export_back", f"{self._shown} takes the figures again"))
        elif not self._failing:
            self._failing = self._hidden(cause_of(said))
            text = f"The figures can't be sent to {self._shown}: {self._failing}. The load goes on."
            if not self._feed.tell(Event("export_failed", text, level="warning")):
                self._untold = text

    def _hidden(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        return one_line(masked(text))


class _Heard(logging.Handler):
    """Keeps what the exporter says, until it is asked for."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line."""
        self._lines.append(record.getMessage())

    def take(self) -> list[str]:
        """What was said since the last time."""
        lines, self._lines = self._lines, []
        return lines


def cause_of(said: Iterable[str]) -> str:
    """Why figures were not taken, from what the exporter said.

    >>> cause_of(["Failed to export metrics batch code: 403, reason: Forbidden"])
    'it answers with 403 Forbidden'
    """
    for line in said:
        if found := _CAUSE.search(line):
            return (found[1] or found[2]).lower()
        if found := re.search(r"code: (\d+), reason: (.*)", line):
            return f"it answers with {found[1]} {found[2]}"[:_LONGEST_CAUSE]
        if found := re.match(r"Transient error (.*) encountered", line):
            return f"it answers with {found[1]}"[:_LONGEST_CAUSE]
        if found := re.search(r"reason: (.*)", line):
            return found[1][:_LONGEST_CAUSE]
    return "no answer"


def resource_of(run_id: str) -> Resource:
    """Who it is that sends; OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES go first for the name."""
    version = str(build_info().samples[0].labels["version"])
    resource = Resource.create({"service.version": version, "service.instance.id": run_id})
    if str(resource.attributes.get("service.name", "")).startswith("unknown_service"):
        resource = resource.merge(Resource({"service.name": "loadcell"}))
    return resource


def _every_s(environment: Mapping[str, str]) -> float:
    text = environment.get(_EVERY, "").strip()
    if not text:
        return EVERY_S
    if not text.isdecimal() or int(text) == 0:
        raise UsageError(f"{_EVERY}={text!r}: is not a number of ms.")
    return int(text) / 1000


def _secrets(environment: Mapping[str, str]) -> Iterator[str]:
    for variable in _HEADERS:
        for header in environment.get(variable, "").split(","):
            value = header.partition("=")[2].strip()
            if len(value) >= _SHORTEST_SECRET:
                yield value
                yield unquote(value)
