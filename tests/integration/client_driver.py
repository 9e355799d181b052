"""`python client_driver.py`: carries out requests with the real client on gevent.

Each line of standard input is a JSON object: `base_url`, `fast`, `settings` (attributes of the session), `names`
(hosts and ports, each with the addresses it stands for), and `requests`, each with `method`, `url`, `options` and, if
wanted, `give_up_after` (s: a gevent.Timeout around the request), `pause` (s: wait before it) and `open_files` (how many
more files the process may open meanwhile). Each line of standard output is the JSON object of what came of them.
"""

from gevent import monkey

monkey.patch_all()

# Nothing may be imported before the line above has run.
import gc  # noqa: E402
import json  # noqa: E402
import os  # noqa: E402
import resource  # noqa: E402
import socket  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
from collections.abc import Iterator  # noqa: E402
from contextlib import contextmanager  # noqa: E402
from typing import Any  # noqa: E402

import gevent  # noqa: E402

from loadcell.generator.recorder import Recorder, error_text  # noqa: E402
from loadcell.generator.sockets import GeventNetwork  # noqa: E402
from loadcell.http.fast import FastSession  # noqa: E402
from loadcell.http.session import Session  # noqa: E402
from loadcell.http.transport import Transport  # noqa: E402
from loadcell.scenario.events import RequestHook  # noqa: E402


def carry_out(network: GeventNetwork, order: dict[str, Any]) -> dict[str, Any]:
    """One session and its requests, one after the other."""
    recorder = Recorder(time.monotonic)
    for host, port, *addresses in order.get("names", ()):
        network._addresses[host, port] = (float("inf"), [(socket.AF_INET, tuple(address)) for address in addresses])
    kind = FastSession if order.get("fast") else Session
    session = kind(order["base_url"], RequestHook(), None, transport=Transport(network, recorder))
    for name, value in order.get("settings", {}).items():
        setattr(session, name, tuple(value) if isinstance(value, list) else value)
    answers = [answer_to(session, **request) for request in order["requests"]]
    idle = len(network.streams)
    # The collector is off: what is left of errors here is left because of reference cycles.
    kept = sum(isinstance(each, OSError) for each in gc.get_objects())
    session.close()
    entries, errors, _, connections = recorder.drain()
    return {
        "answers": answers,
        "requests": sum(entry.requests for entry in entries),
        "failures": sum(entry.failures for entry in entries),
        "interrupted": sum(entry.interrupted for entry in entries),
        "timeouts": sum(entry.timeouts for entry in entries),
        "errors": [error.error for error in errors for _ in range(error.occurrences)],
        "connections": connections,
        "idle": idle,
        "left_open": len(network.streams),
        "kept_errors": kept,
        "kept_names": len(network._addresses),
    }


def answer_to(
    session: Session,
    url: str,
    method: str = "GET",
    options: dict[str, Any] | None = None,
    give_up_after: float | None = None,
    pause: float = 0.0,
    open_files: int | None = None,
) -> dict[str, Any]:
    """What a scenario would see of one request."""
    gevent.sleep(pause)
    options = options or {}
    with limited_files(open_files), gevent.Timeout(give_up_after, False):
        if method in ("GET", "POST"):
            response = getattr(session, method.lower())(url, **options)
        else:
            response = session.request(method, url, **options)
        answer = {"status": response.status_code, "error": response.error and error_text(response.error)}
        try:
            text = response.text
        except Exception as error:
            return {**answer, "raised": repr(error)}
        return {**answer, "text": text and text[:2000], "length": text and len(text), "url": response.url}
    return {"given_up": True}


@contextmanager
def limited_files(more: int | None) -> Iterator[None]:
    if more is None:
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    # Descriptors are given out from below: what counts is the lowest free number.
    free = os.dup(0)
    os.close(free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (free + more, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def main() -> None:
    network = GeventNetwork()
    for line in sys.stdin:
        gc.collect()
        gc.disable()
        sys.stdout.write(json.dumps(carry_out(network, json.loads(line))) + "\n")
        sys.stdout.flush()


main()
