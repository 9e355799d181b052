"""The OpenAI API. Named so as not to stand in the way of the package openai."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from loadcell.compat.optional import need
from loadcell.scenario.user import User

httpx = need("httpx", "openai")
openai = need("openai", "openai")

if "OPENAI_API_KEY" not in os.environ:
    raise RuntimeError("OpenAIUser needs the environment variable OPENAI_API_KEY.")


class OpenAIClient(openai.OpenAI):  # type: ignore[misc, name-defined]
    """A client each of whose requests is an entry, named by its path; its length is the number of output tokens."""

    def __init__(self, request_event: Any, user: Any, *args: Any, **kwargs: Any) -> None:
        self.request_name: str | None = None
        self.user = user
        self._request_event = request_event
        hooks = {"request": [_begin], "response": [self._end]}
        super().__init__(*args, **kwargs, http_client=httpx.Client(event_hooks=hooks))

    def _end(self, response: Any) -> None:
        response.read()
        request = response.request
        error = None
        try:
            response.raise_for_status()
        except httpx.HTTPStatusError as raised:
            error = raised
        self._request_event.fire(
            request_type=request.method,
            name=self.request_name or response.url.path,
            context={},
            response=response,
            exception=error,
            start_time=request.start_time,
            response_time=(time.perf_counter() - request.started) * 1000,
            response_length=_output_tokens(response),
            url=response.url,
        )

    @contextmanager
    def rename_request(self, name: str) -> Iterator[None]:
        """Count the requests of the block under `name`."""
        self.request_name = name
        try:
            yield
        finally:
            self.request_name = None


def _begin(request: Any) -> None:
    request.start_time, request.started = time.time(), time.perf_counter()


def _output_tokens(response: Any) -> int:
    try:
        return int(response.json().get("usage", {}).get("output_tokens", 0))
    except (ValueError, AttributeError):
        return 0


class OpenAIUser(User):
    """A user whose `client` is an OpenAI client."""

    abstract = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.client = OpenAIClient(self.environment.events.request, user=self)
