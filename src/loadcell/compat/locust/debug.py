"""One user in the foreground, each request printed: for a debugger, and for a first look at a scenario."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from typing import Any

from loadcell.compat.locust import argument_parser, log
from loadcell.compat.locust.env import Environment
from loadcell.scenario import events
from loadcell.scenario.events import UNHANDLED
from loadcell.scenario.exceptions import CatchResponseError
from loadcell.scenario.user import User

_ERROR = 500
_environment: Environment | None = None


class PrintListener:
    """Prints a line a request."""

    def __init__(
        self,
        env: Environment,
        include_length: bool = False,
        include_time: bool = False,
        include_context: bool = False,
        include_payload: bool = False,
    ) -> None:
        self._length = include_length
        self._time = include_time
        self._context = include_context
        self._payload = include_payload
        env.events.request.add_listener(self.on_request)
        head = ["time".ljust(32)] if include_time else []
        head += ["type", "name".ljust(50), "resp_ms", *(["length"] if include_length else []), "exception"]
        head += [*(["context"] if include_context else []), *(["payload"] if include_payload else [])]
        _print(head)

    def on_request(
        self,
        request_type: str,
        name: str,
        response_time: float | None,
        response_length: int,
        exception: Any = None,
        context: Any = None,
        start_time: float | None = None,
        response: Any = None,
        **_: Any,
    ) -> None:
        """Print one request."""
        cells: list[Any] = []
        if self._time:
            at = datetime.now(UTC) if start_time is None else datetime.fromtimestamp(start_time, UTC)
            cells.append(str(at).ljust(32))
        cells += [
            request_type,
            str(name or "").ljust(50),
            str(-1 if response_time is None else round(response_time)).ljust(7),
        ]
        if self._length:
            cells.append(response_length)
        cells.append(_shown(exception).ljust(9))
        if self._context:
            cells.append(context or "")
        if self._payload:
            cells.append(getattr(getattr(response, "request", None), "body", None) or "")
        _print(cells)


def _shown(exception: Any) -> str:
    if not exception:
        return ""
    text = str(exception) if isinstance(exception, CatchResponseError) else repr(exception)
    return text[:_ERROR].replace("\n", " ")


def _print(cells: list[Any]) -> None:
    sys.stdout.write("\t".join(str(cell) for cell in cells) + "\n")
    sys.stdout.flush()


def run_single_user(
    user_class: type[User],
    include_length: bool = False,
    include_time: bool = False,
    include_context: bool = False,
    include_payload: bool = False,
    loglevel: str | None = "WARNING",
) -> None:
    """Run one user of a class until it ends or the script is interrupted, and print each of its requests.

    The first call reads the command line of the script, and fires `init` (without a runner); each one fires `test_start`.
    """
    global _environment
    if loglevel:
        log.setup_logging(loglevel)
    if _environment is None:
        locustfile = os.path.basename(sys._getframe(1).f_code.co_filename)
        options = argument_parser.parse_options()
        options.locustfile = locustfile
        host = getattr(options, "host", None)
        _environment = Environment(events=events, locustfile=locustfile, host=host, parsed_options=options)
        PrintListener(_environment, include_length, include_time, include_context, include_payload)
        events.init.fire(environment=_environment, runner=None, web_ui=None)
        if UNHANDLED.seen:
            sys.exit(1)
    environment = _environment
    environment.user_classes = [user_class]
    environment.filter_tasks_by_tags()
    events.test_start.fire(environment=environment)
    if environment.host:
        user_class.host = environment.host
    user = user_class(environment)
    environment.single_user_instance = user
    user.run()
