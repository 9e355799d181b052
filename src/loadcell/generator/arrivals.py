"""The open model: iterations start when they are due, by users from a pool that grows as it must."""

from __future__ import annotations

import logging
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from typing import Any

import gevent
from gevent import get_hub, getcurrent
from greenlet import greenlet

from loadcell.generator.alarm import Alarm
from loadcell.generator.timetable import Timetable
from loadcell.histogram import Histogram
from loadcell.messages import Starts
from loadcell.plan import Arrivals, Part
from loadcell.scenario.exceptions import StopUser
from loadcell.scenario.mix import UserMix
from loadcell.scenario.tasks import RUNNING, STOPPING, WAITING
from loadcell.scenario.user import User

LATE_S = 0.1
"""From how much lateness on a start counts as late."""
_ARRIVALS_AT_ONCE = 50
_FOLD_AT = 256
"""How many starts are counted at once: one by one would cost more, a whole second's would hold up those that are due."""

logger = logging.getLogger("loadcell.generator")


class _Lane:
    """The users of one class, and the arrivals that wait for one of them."""

    __slots__ = ("coming", "idle", "name", "waiting")

    def __init__(self, name: str) -> None:
        self.name = name
        self.idle: OrderedDict[greenlet, User] = OrderedDict()
        """Who has waited longest comes first."""
        self.waiting: deque[float] = deque()
        """When the arrivals were due that nobody has taken yet."""
        self.coming = 0
        """Users on their way: not made yet, or still in on_start."""


class Dispatcher:
    """Hands each arrival to an idle user of its class, when it is due.

    Arrivals are shared out over the classes by weight, whoever is slow. When none of a class is idle, a further user is
    started and the arrival waits for whoever is free first; when the pool is full, an idle user of another class makes
    room; where there is none either, and nobody is on the way, the arrival is dropped.
    """

    def __init__(
        self,
        arrivals: Arrivals,
        max_users: int,
        *,
        classes: Mapping[str, type[User]],
        start: Callable[[str], User | None],
        elapsed: Callable[[], float],
        lateness: dict[Any, int],
    ) -> None:
        """`start` makes and starts a user of a class; in `lateness` the µs by which the iteration of a greenlet started
        late wait for its first request."""
        self._timetable = Timetable(arrivals)
        self._max_users = max_users
        self._start = start
        self._elapsed = elapsed
        self._lateness = lateness
        self._mix = UserMix([(name, max(cls.weight, cls.fixed_count > 0), 0) for name, cls in classes.items()])
        self._lanes = {name: _Lane(name) for name in classes}
        self._limit = 0
        self._users: dict[greenlet, _Lane] = {}
        """Who counts towards the limit."""
        self._making = 0
        self._fresh: set[greenlet] = set()
        """Users that have not waited for an arrival yet."""
        self._leave: Callable[[], object] = greenlet.switch.__get__(get_hub())
        self._alarm = Alarm(self._dispatch)
        self._handed = 0.0
        self._ended = False
        self._due = self._started = self._dropped = self._late = 0
        self._times: list[int] = []
        """By how many µs iterations started late, since they were last counted in `_counted`."""
        self._counted = Histogram()

    # What the engine says

    def add(self, part: Part) -> None:
        """Carry a part of the arrivals, and its share of the pool."""
        self._timetable.add(part)
        self._limit += part.size(self._max_users)

    def take_over(self, part: Part, lost_at: float) -> None:
        """Carry a part that another process carried until `lost_at` s after the start."""
        missed = self._timetable.take_over(part, lost_at, self._elapsed())
        self._due += missed
        self._dropped += missed
        self._limit += part.size(self._max_users)
        self.run()

    def change(self, arrivals: Arrivals) -> None:
        """Go by another plan."""
        self._timetable.change(arrivals)
        self.run()

    def run(self) -> None:
        """Wait for the next arrival; to be called again when another one may be next."""
        due = self._timetable.next_due
        if due is not None and not self._ended:
            self._alarm.set(due - self._elapsed())

    def end(self) -> None:
        """Start no more iterations. What was due until now and has not started is dropped."""
        if self._ended:
            return
        self._ended = True
        self._alarm.close()
        now = self._elapsed()
        while (due := self._timetable.next_due) is not None and due <= now:
            self._timetable.pop()
            self._due += 1
            self._dropped += 1
        for lane in self._lanes.values():
            self._dropped += len(lane.waiting)
            lane.waiting.clear()

    def joined(self, user: User, user_greenlet: greenlet, name: str) -> None:
        """A user was made: it will come to wait for arrivals."""
        lane = self._lanes[name]
        lane.coming += 1
        self._fresh.add(user_greenlet)
        self._users[user_greenlet] = lane
        user._gate = self.wait

    def left(self, user_greenlet: greenlet) -> None:
        """A user has ended, or will without taking another arrival."""
        lane = self._users.pop(user_greenlet, None)
        self._lateness.pop(user_greenlet, None)
        if lane is not None and user_greenlet in self._fresh:
            self._fresh.discard(user_greenlet)
            self._did_not_come(lane)

    def take(self) -> Starts:
        """What happened since the last time."""
        self._fold()
        starts = Starts(self._due, self._started, self._dropped, self._late, self._counted.to_bytes())
        self._due = self._started = self._dropped = self._late = 0
        self._counted.clear()
        return starts

    def _fold(self) -> None:
        self._counted.record_all(self._times)
        self._times.clear()

    # What a user does between two iterations

    def wait(self, user: User) -> None:
        """Wait for the arrival that this user takes. StopUser if it is to stop."""
        if user._state == STOPPING:
            raise StopUser
        me = getcurrent()
        self._lateness.pop(me, None)
        lane = self._lanes[type(user).__name__]
        if me in self._fresh:
            self._fresh.discard(me)
            lane.coming -= 1
        if lane.waiting:
            due = lane.waiting.popleft()
        else:
            user._state = WAITING
            lane.idle[me] = user
            try:
                while self._leave() is not self:
                    pass
            finally:
                lane.idle.pop(me, None)
            due = self._handed
            if user._state == STOPPING:
                raise StopUser
            user._state = RUNNING
        late_s = self._elapsed() - due
        us = int(late_s * 1e6 + 0.5) if late_s > 0 else 0
        self._started += 1
        self._late += late_s > LATE_S
        self._times.append(us)
        if len(self._times) >= _FOLD_AT:
            self._fold()
        self._lateness[me] = us

    # What the alarm does: on the hub, where nothing may wait

    def _dispatch(self) -> None:
        """Hand out what is due, giving those that run their turn in between."""
        timetable = self._timetable
        for _ in range(_ARRIVALS_AT_ONCE):
            due = timetable.next_due
            if due is None or self._ended:
                return
            wait_s = due - self._elapsed()
            if wait_s > 0:
                self._alarm.set(wait_s)
                return
            self._hand_out(*timetable.pop())
        self._alarm.set(0.0)

    def _hand_out(self, due: float, number: int) -> None:
        self._due += 1
        lane = self._lanes[self._mix.class_of(number) or ""]
        if lane.idle:
            user, _ = lane.idle.popitem(last=False)
            self._handed = due
            user.switch(self)
        elif self._has_room(lane):
            self._making += 1
            lane.coming += 1
            lane.waiting.append(due)
            gevent.spawn(self._make, lane)
        elif lane.coming:
            lane.waiting.append(due)
        else:
            self._dropped += 1

    def _has_room(self, lane: _Lane) -> bool:
        """Whether a further user may be started; an idle one of another class is ended for it."""
        if len(self._users) + self._making < self._limit:
            return True
        fullest = max(self._lanes.values(), key=lambda other: len(other.idle) if other is not lane else 0)
        if fullest is lane or not fullest.idle:
            return False
        one, user = fullest.idle.popitem(last=False)
        self._users.pop(one, None)
        user._group.killone(one, block=False)
        return True

    def _make(self, lane: _Lane) -> None:
        user = None
        try:
            if not self._ended:
                user = self._start(lane.name)
        finally:
            self._making -= 1
            if user is None:
                self._did_not_come(lane)
            else:
                lane.coming -= 1  # It counts itself.

    def _did_not_come(self, lane: _Lane) -> None:
        """A user on whom an arrival may have waited is not there: one that waits is dropped, so that they don't pile up."""
        lane.coming -= 1
        if lane.waiting:
            lane.waiting.popleft()
            self._dropped += 1
