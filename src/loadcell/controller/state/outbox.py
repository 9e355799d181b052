"""What a run wants done, in order, until somebody takes it."""

from __future__ import annotations

from collections.abc import Iterable

from loadcell.controller.actions import Action, WriteEvent, WriteStage
from loadcell.controller.state.lifetime import Lifetime
from loadcell.messages import Event
from loadcell.store import StoredStage


class Outbox:
    """Collects actions. Events from before there is a run file wait for it."""

    def __init__(self, lifetime: Lifetime) -> None:
        self._lifetime = lifetime
        self._actions: list[Action] = []
        self._early: list[Event] = []

    def put(self, action: Action) -> None:
        """Have something done."""
        self._actions.append(action)

    def record(self, event: Event) -> None:
        """Have an event written."""
        if self._lifetime.start_at is None:
            self._early.append(event)
        else:
            self.put(WriteEvent(event))

    def record_new(self, kind: str, text: str, level: str, data: dict[str, object] | None = None) -> None:
        """Have an event of this moment written."""
        self.record(Event(kind, text, self._lifetime.elapsed_s(), level, data or {}))

    def release_early(self) -> None:
        """Have the events written that waited for the run file."""
        for event in self._early:
            self.put(WriteEvent(event))
        self._early.clear()

    def write_stages(self, stages: Iterable[StoredStage]) -> None:
        """Have stages written that are over."""
        for stage in stages:
            self.put(WriteStage(stage))

    def take(self) -> list[Action]:
        """All that came together since the last time."""
        actions, self._actions = self._actions, []
        return actions
