"""One agent as a controller reads it: followed in a thread, in whatever way it fails, on the controller's own clock."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from loadcell.agent.access import Access, name_of
from loadcell.agent.clocks import Offset, on_grid
from loadcell.agent.naming import qualified
from loadcell.agent.protocol import About, Bye, Said
from loadcell.clock import Clock
from loadcell.errors import MonitorError
from loadcell.monitors.catalogue import CATALOGUE
from loadcell.monitors.reading import Batch, Fact, Reading, Trouble, Unseen
from loadcell.text import masked, one_line

if TYPE_CHECKING:
    from loadcell.agent.client import AgentClient

_COMPARISONS = 7
_AGAIN = 3
_COMPARED_EVERY_S = 10.0
_LONGEST_PAUSE_S = 8.0
_LONGEST_TEXT = 500
_MOST_READINGS = 20_000
"""Of one source and second; a service of 200 workers has a third of that."""
_MOST_KNOWN = 10_000
"""Facts that are remembered so as not to be told again."""
_MOST_SUBJECTS = 100_000
"""Signals of different things, over a whole run: what a run file can bear."""
_FAR_S = 0.25
_GOES_ON = "The load goes on without its readings."


@dataclass(frozen=True, slots=True)
class Met:
    """An agent that has answered, and how well its clock is known."""

    agent: str
    """Its host and port."""
    about: About
    clock_error_s: float


class Link:
    """Follows one agent from `start` to `stop`."""

    def __init__(
        self,
        url: str,
        access: Access,
        clock: Clock,
        *,
        on_batch: Callable[[Batch], None],
        on_met: Callable[[Met], None],
        alone: bool = True,
    ) -> None:
        """`on_batch` and `on_met` are called in the link's thread. `alone`: no other agent is read, so readings need not say
        which machine they are about.
        """
        self._url = url
        self._name = name_of(url)
        self._access = access
        self._clock = clock
        self._on_batch = on_batch
        self._on_met = on_met
        self._machine = "" if alone else self._name
        self._origin = 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"agent {self._name}", daemon=True)
        self._lost_at: float | None = None
        """Since when nothing has come, once that was told."""
        self._heard_at: float | None = None
        self._missed = 0
        self._known: set[tuple[str, Fact | Unseen]] = set()
        self._subjects: set[tuple[str, str]] = set()

    @property
    def source(self) -> str:
        """How its own troubles are called."""
        return f"agent {self._name}"

    def start(self, origin: float) -> None:
        """Have it read at every second after `origin` (s, monotonic, of our clock)."""
        self._origin = origin
        self._thread.start()

    def stop(self, patience_s: float = 2.0) -> None:
        """End it; what does not end within the patience is left behind."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(patience_s)

    def _run(self) -> None:
        # The client is loaded when it is needed.
        from loadcell.agent.client import AgentClient

        pause_s = 1.0
        while not self._stop.is_set():
            heard_before = self._heard_at
            try:
                with closing(AgentClient(self._url, self._access, self._clock)) as client:
                    self._follow(client)
            except MonitorError as error:
                self._lost(error.message, error.hint)
            except Exception as error:
                # Whatever it is: the load goes on.
                self._lost(f"The agent {self._name} can't be read ({type(error).__name__}: {error})")
            pause_s = 1.0 if self._heard_at != heard_before else min(2 * pause_s, _LONGEST_PAUSE_S)
            self._stop.wait(pause_s)

    def _follow(self, client: AgentClient) -> None:
        """Read until the agent ends. MonitorError when it is lost."""
        about = client.about()
        offset = Offset()
        for _ in range(_COMPARISONS):
            offset.add(client.compare())
        compared_at = self._clock.monotonic()
        self._on_met(Met(self._name, about, offset.error(compared_at)))
        self._missed = 0
        for message in client.readings(offset.there(self._origin) % 1.0):
            now = self._clock.monotonic()
            self._back(now)
            self._heard_at = now
            match message:
                case Bye():
                    raise MonitorError(f"The agent {self._name} was ended")
                case Said(batch):
                    self._tell(batch, offset)
                case tick:
                    self._count(tick.lost)
            if self._stop.is_set():
                return
            if now - compared_at >= _COMPARED_EVERY_S:
                compared_at = now
                for _ in range(_AGAIN):
                    offset.add(client.compare())
        raise MonitorError(f"The agent {self._name} has closed the connection")

    def _tell(self, batch: Batch, offset: Offset) -> None:
        """Pass on what a source has said, on our clock and under the agent's name."""
        at = offset.here(batch.at)
        second = on_grid(at, self._origin, _FAR_S)
        readings = batch.readings[:_MOST_READINGS]
        if second is None and at > self._origin + 1:
            # The look with which a connection begins lies between two seconds: it would count as a second of its own.
            readings = []
        told_of: list[Fact | Unseen] = [*batch.facts, *batch.unseen]
        new = {each for each in told_of if (batch.source, each) not in self._known}
        if len(self._known) < _MOST_KNOWN:
            self._known.update((batch.source, each) for each in new)
        trouble = batch.trouble
        told = Batch(
            f"{_text(batch.source)} on {self._name}",
            at if second is None else second,
            batch.took_ms,
            readings=[Reading(one.signal, one.value, self._of(one)) for one in readings if self._is_sound(one)],
            facts=[Fact(_text(one.name), _text(one.text), _text(one.of)) for one in batch.facts if one in new],
            unseen=[Unseen(_text(one.what), _text(one.remedy)) for one in batch.unseen if one in new],
            trouble=trouble and Trouble(f"{self._name}: {_text(trouble.message)}", _text(trouble.hint), trouble.over),
        )
        if told.says_something:
            self._on_batch(told)

    def _of(self, reading: Reading) -> str:
        of = _text(reading.of)
        return qualified(reading.signal, of, self._machine) if self._machine else of

    def _is_sound(self, reading: Reading) -> bool:
        if reading.signal not in CATALOGUE or not math.isfinite(reading.value):
            return False
        subject = (reading.signal, reading.of)
        if len(self._subjects) < _MOST_SUBJECTS:
            self._subjects.add(subject)
        return subject in self._subjects

    def _count(self, missed: int) -> None:
        """Tell once of a connection that messages were left out, because it is too slow."""
        if missed and not self._missed:
            message = f"The connection to the agent {self._name} is too slow: some of its readings are missing"
            self._say(Trouble(message))
        self._missed = missed

    def _lost(self, message: str, hint: str = "") -> None:
        """Tell that nothing comes any more: once, however often it fails from now on."""
        if self._lost_at is None and not self._stop.is_set():
            self._lost_at = self._clock.monotonic() if self._heard_at is None else self._heard_at
            self._say(Trouble(one_line(masked(message)), f"{_GOES_ON} {one_line(hint)}".strip()))

    def _back(self, now: float) -> None:
        """Tell that something comes again, and how much is missing."""
        if self._lost_at is not None:
            again = "again" if self._heard_at is not None else "now"
            message = f"The agent {self._name} is read {again}; {max(now - self._lost_at, 1):.0f} s of it are missing"
            self._lost_at = None
            self._say(Trouble(message, over=True))

    def _say(self, trouble: Trouble) -> None:
        self._on_batch(Batch(self.source, self._clock.monotonic(), trouble=trouble))


def _text(text: str) -> str:
    return one_line(text)[:_LONGEST_TEXT]
