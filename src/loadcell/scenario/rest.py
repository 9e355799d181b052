"""Requests to JSON APIs, in a with-block in which whatever goes wrong makes the request a failure."""

from __future__ import annotations

import re
import time
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from json import JSONDecodeError
from typing import Any

_FRAME = re.compile(r'  File "(?P<file>/[^"]*)", line (?P<line>\d+),(?P<rest>.*)')
_HOME = re.compile(r"/(home|Users)/\w*/")
_JSON = "application/json"
_SHOWN = 200


class RestMixin:
    """`rest` and `rest_` for users whose `client` speaks HTTP."""

    client: Any

    @contextmanager
    def rest(self, method: str, url: str, headers: Mapping[str, str] | None = None, **kwargs: Any) -> Iterator[Any]:
        """A request with JSON headers, whose response has the parsed body in `js` (None without a body).

        The with-block decides as with catch_response. A body that is no JSON, a failed assertion and any other exception
        in the block make the request a failure, and none leaves the block.
        """
        sent = dict(headers or {})
        for name in ("Content-Type", "Accept"):
            if name not in sent and name.lower() not in sent:
                sent[name] = _JSON
        with self.client.request(method, url, catch_response=True, headers=sent, **kwargs) as response:
            _parse(response)
            try:
                yield response
            except AssertionError as error:
                response.failure(_assertion(error, response))
            except Exception as error:
                response.failure(f"{type(error).__name__}: {error} at {_where()}. Response was {_shortened(response)}")

    @contextmanager
    def rest_(self, method: str, url: str, name: str | None = None, **kwargs: Any) -> Iterator[Any]:
        """As `rest`, with the time as the parameter `_`, which caches don't know; counted as `url?_=...`."""
        joint = "&" if "?" in url else "?"
        stamped = f"{url}{joint}_={int(time.time() * 1000)}"
        with self.rest(method, stamped, name=f"{url}{joint}_=..." if name is None else name, **kwargs) as response:
            yield response


def _parse(response: Any) -> None:
    response.js = None
    if response.content is None:
        response.failure(str(response.error))
    elif response.text:
        try:
            response.js = response.json()
        except JSONDecodeError as error:
            shown = response.text[:250]
            response.failure(
                f"Could not parse response as JSON. {shown}, response code {response.status_code}, error {error}"
            )


def _assertion(error: AssertionError, response: Any) -> Any:
    if not error.args:
        return "Assertion failed"
    said = error.args[0]
    return f"{said[:-1]}, response was {_shortened(response)}" if str(said).endswith(",") else said


def _shortened(response: Any) -> Any:
    return response.text[:_SHOWN] if response.text else response.text


def _where() -> str:
    """The frames of the exception under way, without the name of anybody's home folder."""
    frames = [match for line in traceback.format_exc().split("\n") if (match := _FRAME.match(line))]
    return ", ".join(f"{_HOME.sub('~/', match['file'])}:{match['line']}{match['rest']}" for match in frames)
