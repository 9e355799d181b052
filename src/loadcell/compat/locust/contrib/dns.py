"""Questions to name servers."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from loadcell.compat.optional import need
from loadcell.scenario.exceptions import LocustError
from loadcell.scenario.user import User

query = need("dns.query", "dns")
DNSException = need("dns.exception", "dns").DNSException


class DNSClient:
    """The functions of `dns.query`, each call an entry DNS under its name, or the one given as `name`."""

    def __init__(self, request_event: Any) -> None:
        self.request_event = request_event

    def __getattr__(self, function_name: str) -> Callable[..., Any]:
        function = getattr(query, function_name)

        def ask(message: Any, *args: Any, name: str | None = None, **kwargs: Any) -> Any:
            answer: Any = None
            error: Exception | None = None
            start_time, started = time.time(), time.perf_counter()
            try:
                answer = function(message, *args, **kwargs)
                if not answer.answer:
                    error = LocustError("No answer in DNS response")
            except (DNSException, OSError) as raised:
                error = raised
            self.request_event.fire(
                request_type="DNS",
                name=name or function_name,
                start_time=start_time,
                response_time=(time.perf_counter() - started) * 1000,
                response_length=0,
                response=answer,
                context={},
                exception=error,
            )
            return answer

        return ask


class DNSUser(User):
    """A user whose `client` asks as `dns.query` does: `self.client.udp(message, "127.0.0.1")`."""

    abstract = True

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        self.client = DNSClient(environment.events.request)
