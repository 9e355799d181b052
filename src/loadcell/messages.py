"""What crosses a process border: msgspec structs, each frame carrying the protocol's version.

    controller → generator   Load · Begin · Go · Change · ChangeRate · Assign · Spawned · Reset · Say · Stopping ·
                             Stop · Quit
                 → lead      Joined · Left · Merged
    generator → controller   Ready | Refused · Begun · Interval · Event · Say · Log · Stopped
    lead      →              Wish

A frame is four bytes of length (big-endian), one byte of version, and the message in MessagePack.
"""

from __future__ import annotations

import struct
from typing import Any

import msgspec

from loadcell.plan import Arrivals, Part, Plan

VERSION = 1
MAX_FRAME = 256 * 1024 * 1024

# How much of what may be endless is kept apart; the rest is counted together.
MAX_METHODS = 100
MAX_ENTRIES = 2_000
MAX_ERRORS = 500
MAX_EXCEPTIONS = 500
MAX_TEXT = 1_000
MAX_TRACEBACK = 4_000
OTHER_METHODS = "(other methods)"
OTHER_NAMES = "(other names)"
OTHER_ERRORS = "(other errors)"
OTHER_EXCEPTIONS = "(other exceptions)"

_LENGTH = struct.Struct(">I")


# What there are many of in an interval refers to nothing that could refer back: nobody need look for circles there.


def clean(value: object) -> str:
    """Anything as text that a message and a run file can hold: lone surrogates become question marks."""
    try:
        text = str(value)
    except Exception:
        text = f"<{type(value).__name__}>"
    return text.encode("utf-8", "replace").decode()


class EntryCounts(msgspec.Struct, gc=False):
    """What happened to one entry within one interval. Times in µs, sums over all requests, failed ones included."""

    method: str
    name: str
    requests: int = 0
    failures: int = 0
    interrupted: int = 0
    left_out: int = 0
    """Requests that --read-only kept from being sent."""
    timeouts: int = 0
    received: int = 0
    """Bytes of body as they came over the wire."""
    total_us: int = 0
    min_us: int = 0
    max_us: int = 0
    untimed: int = 0
    """Requests reported without a response time; they count in `requests` and in no histogram."""
    ok: bytes = b""
    """Histogram of the successes."""
    failed: bytes = b""
    """Histogram of the failures."""
    intended: bytes = b""
    """Histogram of all requests as from when their iteration was due; empty in the closed model."""
    connects: int = 0
    connect_us: int = 0
    tls_us: int = 0
    body_us: int = 0
    redirects: int = 0


class ErrorCount(msgspec.Struct, gc=False):
    """How often one entry failed in one way within one interval. Times in s after the run's start."""

    method: str
    name: str
    error: str
    occurrences: int
    first_s: float
    last_s: float


class ExceptionCount(msgspec.Struct, gc=False):
    """How often the user's code raised one exception within one interval."""

    message: str
    traceback: str
    occurrences: int


class Health(msgspec.Struct, gc=False):
    """How the process itself fared within one interval."""

    cpu: float = 0.0
    """CPU used, in % of one core."""
    lag_ms: float = 0.0
    """The longest that a timer of the event loop came late."""
    memory_mb: float = 0.0
    late_starts: int = 0
    """Users that started more than 100 ms after they were due."""
    users: int = 0
    """How many users the process carries."""


class Starts(msgspec.Struct, gc=False):
    """How the iterations of one interval started, in the open model. Over a whole run: due = started + dropped."""

    due: int = 0
    started: int = 0
    dropped: int = 0
    """Due, and not started: there was no user for them, or the load ended."""
    late: int = 0
    """Started more than 100 ms after they were due."""
    lateness: bytes = b""
    """Histogram of how long after they were due they started."""


class Interval(msgspec.Struct, tag=True):
    """One second of one generator, or of several merged."""

    second: int
    """Which second of the run, counted from 0."""
    start_s: float
    end_s: float
    users: int
    users_by_class: dict[str, int]
    entries: list[EntryCounts]
    errors: list[ErrorCount] = []
    exceptions: list[ExceptionCount] = []
    health: dict[str, Health] = {}
    """By generator."""
    connections: int = 0
    """Connections to the service that were opened with success."""
    starts: Starts | None = None
    """None in the closed model."""


class Ready(msgspec.Struct, tag=True):
    """The process has loaded the scenario and can begin."""

    pid: int
    scenario: str
    user_classes: list[str]
    host: str
    python: str
    versions: dict[str, str]
    shape: str = ""
    """The name of the LoadTestShape that decides on the load; empty without one."""
    common_options: bool = False
    """Whether that shape uses -u, -r and -t itself."""
    percentiles: list[float] = []
    """Those to report, where the scenario changed them."""
    secrets: list[str] = []
    """The flags of the scenario's own options whose values nobody else may read."""


class Refused(msgspec.Struct, tag=True):
    """The process can't run this scenario; it ends itself."""

    message: str
    hint: str = ""
    exit_code: int = 2


class Begun(msgspec.Struct, tag=True):
    """The hooks that come before the load have run."""


class Event(msgspec.Struct, tag=True):
    """Something the reader of the run should know."""

    kind: str
    """quit_requested, generator_lost … Two are meant for the controller: `spawning_complete` with the number of `users`
    by class that a process carries then, of the `parts` they belong to and of the `change` it went by; and `exit_code`,
    chosen after Stopped."""
    text: str
    at_s: float = 0.0
    level: str = "info"
    data: dict[str, Any] = {}


class Log(msgspec.Struct, tag=True):
    """One line that the user's code or the process logged."""

    level: str
    logger: str
    text: str
    at: float


class Say(msgspec.Struct, tag=True):
    """What the scenario says from one process to another, in its own terms."""

    kind: str
    data: Any = None
    to: str = ""
    """The generator it is for; empty from the lead: all generators, empty from a generator: the lead."""
    sender: str = ""
    """The generator that said it; filled in on the way."""


class Wish(msgspec.Struct, tag=True):
    """The lead wants another load: `users` in the end, started or stopped `spawn_rate` a second."""

    users: int
    spawn_rate: float
    user_classes: list[str] | None = None
    """From which classes new users are; None leaves that as it is."""


class Stopped(msgspec.Struct, tag=True):
    """The users are gone and the last interval is sent."""

    exit_code: int | None = None
    """What the scenario wants the command to end with; None leaves it to the result."""
    drained: bool = True


class Load(msgspec.Struct, tag=True):
    """What to load and how; the first message to a process, answered by Ready or Refused."""

    generator: str
    """The process's name in the run: "1", "2" … and "lead"."""
    role: str
    """`single` (users and the lead's hooks), `generator` (users) or `lead` (hooks, no users)."""
    index: int
    """Locust's worker_index."""
    generators: int
    """How many processes carry users."""
    run_id: str
    scenario: str
    """Path of the user's file."""
    host: str | None = None
    target_owned: bool = False
    allowed_targets: list[str] = []
    """What may be connected to beside loopback and private addresses."""
    read_only: bool = False
    """Whether requests that may change data are left out."""
    user_classes: list[str] = []
    tags: list[str] = []
    exclude_tags: list[str] = []
    arguments: list[str] = []
    """Command-line words that Loadcell itself does not know: the file's own."""
    shapes: bool = True
    """Whether a LoadTestShape in the file decides on the load."""
    options: dict[str, Any] = {}
    """The settled options under Locust's names, for `environment.parsed_options`."""


class Begin(msgspec.Struct, tag=True):
    """Run the hooks that come before the load; answered by Begun."""


class Go(msgspec.Struct, tag=True):
    """The run's second 0 is at `start_at` on the machine's monotonic clock; start the users of these parts."""

    plan: Plan
    parts: list[Part]
    start_at: float
    arrivals: Arrivals | None = None
    """In the open model, where `plan` only says which users are there before the first arrival."""
    max_users: int = 0
    """The most users of all processes together, in the open model."""


class Change(msgspec.Struct, tag=True):
    """Go by another plan from `at_s` on."""

    plan: Plan
    at_s: float
    number: int
    """Counts the changes of the run, from 1 on."""
    user_classes: list[str] | None = None
    """From which classes new users are from now on; None leaves that as it is."""
    mixed_from: int = 0
    """The user with whom the mix of these classes begins."""


class ChangeRate(msgspec.Struct, tag=True):
    """Go by other arrivals; those that are not due by then keep their numbers."""

    arrivals: Arrivals


class Assign(msgspec.Struct, tag=True):
    """Take over a part of the users of a generator that was lost `lost_at` s after the start with the users of `lost`."""

    part: Part
    lost: Part
    lost_at: float


class Spawned(msgspec.Struct, tag=True):
    """All users of all processes have been started, so many of each class."""

    users_by_class: dict[str, int]


class Reset(msgspec.Struct, tag=True):
    """The statistics begin anew: all users are there."""


class Joined(msgspec.Struct, tag=True):
    """To the lead: a process that carries users is ready."""

    generator: str


class Left(msgspec.Struct, tag=True):
    """To the lead: a process that carried users is gone."""

    generator: str


class Merged(msgspec.Struct, tag=True):
    """To the lead: one second of all generators."""

    interval: Interval


class Stopping(msgspec.Struct, tag=True):
    """To the lead: the users of the generators are about to be stopped."""


class Stop(msgspec.Struct, tag=True):
    """Stop the users, waiting at most `timeout_s` for tasks under way; answered by Stopped."""

    timeout_s: float


class Quit(msgspec.Struct, tag=True):
    """Run the last hooks and end the process."""

    exit_code: int = 0


_ToGenerators = Load | Begin | Go | Change | ChangeRate | Assign | Spawned | Reset | Say | Stopping | Stop | Quit
Command = _ToGenerators | Joined | Left | Merged
Report = Ready | Refused | Begun | Interval | Event | Wish | Say | Log | Stopped

_encoder = msgspec.msgpack.Encoder()
_commands: msgspec.msgpack.Decoder[Command] = msgspec.msgpack.Decoder(Command)
_reports: msgspec.msgpack.Decoder[Report] = msgspec.msgpack.Decoder(Report)


class ProtocolError(ValueError):
    """Bytes that are no message of this version."""


def frame(message: Command | Report) -> bytes:
    """A message as it goes over a stream."""
    body = _encoder.encode(message)
    return _LENGTH.pack(len(body) + 1) + bytes((VERSION,)) + body


class Frames:
    """Cuts a stream of bytes into the bodies of frames.

    ProtocolError on a frame of another version or one that is larger than 256 MiB.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """The bodies that `data` completes, in order."""
        buffer = self._buffer
        buffer += data
        bodies = []
        while len(buffer) >= 5:
            (length,) = _LENGTH.unpack_from(buffer)
            if not 1 <= length <= MAX_FRAME:
                raise ProtocolError(f"a frame of {length} bytes")
            if buffer[4] != VERSION:
                raise ProtocolError(f"protocol version {buffer[4]}, this process speaks {VERSION}")
            if len(buffer) < 4 + length:
                break
            bodies.append(bytes(buffer[5 : 4 + length]))
            del buffer[: 4 + length]
        return bodies


def command_of(body: bytes) -> Command:
    """The command in a frame's body; ProtocolError if there is none."""
    try:
        return _commands.decode(body)
    except msgspec.MsgspecError as error:
        raise ProtocolError(str(error)) from error


def report_of(body: bytes) -> Report:
    """The report in a frame's body; ProtocolError if there is none."""
    try:
        return _reports.decode(body)
    except msgspec.MsgspecError as error:
        raise ProtocolError(str(error)) from error
