"""Questions to an agent: its answers, and what can go wrong as one sentence each."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from typing import Any, TypeVar

import httpx
import msgspec

from loadcell.agent.access import Access, name_of
from loadcell.agent.clocks import Comparison
from loadcell.agent.protocol import VERSION, About, Hello, Message, Now, message_of
from loadcell.clock import Clock
from loadcell.errors import MonitorError
from loadcell.text import one_line

_CONNECT_S = 3.0
_ANSWER_S = 5.0
"""An agent says something twice a second."""
_LARGEST_ANSWER = 1_000_000
_LARGEST_LINE = 16_000_000
_LONGEST_SENTENCE = 200
_START = "Start it on the service's host: loadcell agent --port PORT."
_TOKEN = "--agent-token-file FILE"
_SAME = "Install the same version of Loadcell on both sides."
_CA = "Name the certificate of its authority with --agent-ca, and the agent as its certificate does."

T = TypeVar("T")


class AgentClient:
    """A connection or two to one agent; every method raises MonitorError."""

    def __init__(self, url: str, access: Access, clock: Clock) -> None:
        self.name = name_of(url)
        self._clock = clock
        self._has_token = access.token is not None
        self._is_plain = url.startswith("http://")
        self._client = httpx.Client(
            base_url=url,
            timeout=httpx.Timeout(_ANSWER_S, connect=_CONNECT_S),
            headers={"Authorization": f"Bearer {access.token}"} if access.token else {},
            trust_env=False,
            # Where nothing is verified, reading the system's authorities would only take time.
            verify=False if self._is_plain else access.trusted if access.trusted is not None else True,
        )

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def about(self) -> About:
        """Who the agent is. MonitorError also if it is of another version."""
        content = self._get("/")
        try:
            hello = msgspec.json.decode(content, type=Hello)
        except msgspec.DecodeError as error:
            raise self._no_agent() from error
        if hello.agent != VERSION:
            from loadcell.machine import version_of

            theirs, ours = one_line(hello.loadcell)[:20], version_of("loadcell")
            raise MonitorError(
                f"The agent {self.name} speaks version {hello.agent} of the protocol (Loadcell {theirs}), "
                f"and version {VERSION} is read here (Loadcell {ours})",
                _SAME,
            )
        return self._decoded(content, About)

    def compare(self) -> Comparison:
        """How its clock stands to ours."""
        asked = self._clock.monotonic()
        content = self._get("/clock")
        answered = self._clock.monotonic()
        return Comparison.of(asked, answered, self._decoded(content, Now).monotonic)

    def readings(self, phase: float) -> Iterator[Message]:
        """What is read at each second's `phase` of the agent's clock, as it comes; ends when the agent does."""
        rest = bytearray()
        with self._told(), self._client.stream("GET", "/readings", params={"phase": f"{phase:.6f}"}) as answer:
            if answer.status_code != httpx.codes.OK:
                self._check(answer.status_code, _some_of(answer))
            for part in answer.iter_raw():
                head, ended, tail = part.rpartition(b"\n")
                lines = (rest + head).split(b"\n") if ended else []
                rest = bytearray(tail) if ended else rest + tail
                if len(rest) > _LARGEST_LINE:
                    raise self._no_agent()
                for line in lines:
                    yield self._message(bytes(line))

    def _message(self, line: bytes) -> Message:
        try:
            return message_of(line)
        except msgspec.DecodeError as error:
            raise self._no_agent() from error

    def _get(self, path: str) -> bytes:
        with self._told(), self._client.stream("GET", path) as answer:
            content = _some_of(answer)
            self._check(answer.status_code, content)
            return content

    def _check(self, status: int, content: bytes) -> None:
        if status == httpx.codes.UNAUTHORIZED and self._has_token:
            raise MonitorError(f"The agent {self.name} does not accept the token", f"Take the agent's: {_TOKEN}.")
        if status == httpx.codes.UNAUTHORIZED:
            raise MonitorError(f"The agent {self.name} wants a token", f"Name a file with the agent's: {_TOKEN}.")
        if status == httpx.codes.SERVICE_UNAVAILABLE:
            raise MonitorError(f"The agent {self.name} takes no more: {_sentence(content)}")
        if status != httpx.codes.OK:
            raise self._no_agent()

    def _decoded(self, content: bytes, kind: type[T]) -> T:
        try:
            return msgspec.json.decode(content, type=kind)
        except msgspec.DecodeError as error:
            raise self._no_agent() from error

    def _no_agent(self) -> MonitorError:
        return MonitorError(f"What answers at {self.name} is no agent of Loadcell", _START)

    def _told(self) -> _Telling:
        return _Telling(self.name, is_plain=self._is_plain)


class _Telling:
    """Errors of the network as one sentence each."""

    def __init__(self, name: str, *, is_plain: bool) -> None:
        self._name = name
        self._is_plain = is_plain

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError, OSError)):
            raise self._told(error) from error

    def _told(self, error: BaseException) -> MonitorError:
        name = self._name
        tls = next((each for each in _causes(error) if isinstance(each, ssl.SSLError)), None)
        if isinstance(tls, ssl.SSLCertVerificationError):
            why = tls.verify_message.rstrip(".")
            return MonitorError(f"The certificate of the agent {name} is not accepted: {one_line(why)}", _CA)
        if tls is not None:
            hint = "An agent is started with --tls-cert and --tls-key; one on loopback is named without https://."
            return MonitorError(f"The agent {name} does not speak TLS ({one_line(tls.reason or str(tls))})", hint)
        if isinstance(error, httpx.ConnectTimeout):
            return MonitorError(f"The agent {name} can't be reached: nothing answers within {_CONNECT_S:.0f} s", _START)
        if isinstance(error, httpx.TimeoutException):
            return MonitorError(f"The agent {name} has said nothing for {_ANSWER_S:.0f} s")
        if isinstance(error, httpx.ConnectError):
            os_error = next((each for each in _causes(error) if isinstance(each, OSError)), None)
            why = (os_error.strerror if os_error else None) or str(error) or "no connection"
            return MonitorError(f"The agent {name} can't be reached: {one_line(why)}", _START)
        hint = "If it speaks TLS, write https:// before its name." if self._is_plain else ""
        return MonitorError(f"The agent {name} has closed the connection", hint)


def _some_of(answer: httpx.Response) -> bytes:
    """The body, as far as an agent's may be long."""
    content = bytearray()
    for part in answer.iter_raw():
        content += part
        if len(content) > _LARGEST_ANSWER:
            break
    return bytes(content)


def _sentence(content: bytes) -> str:
    return one_line(content[:_LONGEST_SENTENCE].decode(errors="replace"))


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
