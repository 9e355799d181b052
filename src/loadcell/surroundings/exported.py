"""Where else a run's figures go: a page for Prometheus, OpenTelemetry."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from loadcell.config import RunConfig
from loadcell.controller.following import Follower
from loadcell.errors import UsageError
from loadcell.surroundings.voice import Voice

if TYPE_CHECKING:
    from loadcell.exports.feed import Feed
    from loadcell.exports.sender import Sender


@contextmanager
def exported(config: RunConfig, voice: Voice) -> Iterator[Sequence[Follower]]:
    """Who is to follow the run. UsageError if a page can't be served, or if what sends figures is not installed."""
    if config.metrics_port is None and config.otlp is None:
        yield ()
        return
    from loadcell.clock import SystemClock
    from loadcell.exports.feed import Feed

    feed = Feed(SystemClock())
    with ExitStack() as stack:
        if config.metrics_port is not None:
            from loadcell.exports.endpoint import Endpoint
            from loadcell.exports.pages import page_of

            endpoint = Endpoint(page_of(feed.families), config.metrics_host, config.metrics_port)
            stack.callback(endpoint.close)
            voice.note(f"metrics: {endpoint.url}")
        if config.otlp is not None:
            sender = _sender(config.otlp, feed)
            stack.callback(lambda: voice.warn(filter(None, [sender.close()])))
        yield (feed,)


def _sender(url: str, feed: Feed) -> Sender:
    try:
        from loadcell.exports.sender import Sender
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith(("opentelemetry", "google")):
            raise
        raise UsageError(
            "--otlp needs OpenTelemetry, which is not installed.", "Install it with: pip install 'loadcell[otel]'"
        ) from error
    return Sender(url, feed, os.environ)
