"""What an agent and a controller say to each other: JSON, one document an answer, or one message a line.

An agent answers GET of these paths, and nothing else; docs/agent.md shows examples.

    /          About: who it is, what it watches, what the service runs on
    /clock     Now: its clock, to compare clocks by
    /readings  a message a line, for as long as the connection lives: Said, Tick once a second, Bye at the end
    /latest    Latest: the latest value of everything
    /metrics   the same, as Prometheus reads it

Times are in s of the agent's monotonic clock.
"""

from __future__ import annotations

from typing import Any

import msgspec

from loadcell.monitors.reading import Batch, Reading

VERSION = 1
"""It grows when a controller that knows only the one before would misunderstand."""
TICK_S = 0.5


class Hello(msgspec.Struct):
    """What an agent of any version says first: the rest is only read if the version is ours."""

    agent: int
    loadcell: str = ""
    """The version of Loadcell."""


class About(msgspec.Struct, kw_only=True):
    """Who an agent is, and what it watches."""

    agent: int
    loadcell: str
    host: str
    """The name of the machine."""
    boot: str
    """The same for everything that runs on one machine until it is started anew; empty where that is not known."""
    watches: list[str]
    machine: dict[str, Any]
    """Cores, memory, versions."""
    service: dict[str, Any]
    """How the service was started, as far as it is seen."""


class Now(msgspec.Struct):
    """The agent's clock at the moment of the answer."""

    monotonic: float


class Latest(msgspec.Struct):
    """The latest that each source has read, and what all of it comes to."""

    readings: dict[str, list[Reading]]
    """By source."""
    signals: dict[str, float]


class Said(msgspec.Struct, tag="said"):
    """What a source had to say at one second."""

    batch: Batch


class Tick(msgspec.Struct, tag="tick"):
    """That the agent is there, also when it has nothing to say."""

    lost: int = 0
    """So many messages were left out since the beginning, because they were not taken in time."""


class Bye(msgspec.Struct, tag="bye"):
    """That the agent ends."""


Message = Said | Tick | Bye

_ENCODER = msgspec.json.Encoder()
_MESSAGES: msgspec.json.Decoder[Message] = msgspec.json.Decoder(Message)


def document(value: Hello | About | Now | Latest) -> bytes:
    """A value as the body of an answer."""
    return _ENCODER.encode(value) + b"\n"


def line(message: Message) -> bytes:
    """A message as a line."""
    return _ENCODER.encode(message) + b"\n"


def message_of(text: bytes) -> Message:
    """The message in a line. ValueError if there is none."""
    return _MESSAGES.decode(text)
