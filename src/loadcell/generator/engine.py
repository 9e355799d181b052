"""The users of one process: started when the plan says so, kept count of, and stopped (the closed model)."""

from __future__ import annotations

import gc
import logging
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import gevent
from gevent.event import Event
from gevent.pool import Group

from loadcell.clock import Clock
from loadcell.generator.roster import Roster
from loadcell.http.session import Session
from loadcell.plan import Part, Plan
from loadcell.scenario.exceptions import RescheduleTask, RescheduleTaskImmediately, StopTest
from loadcell.scenario.mix import UserMix
from loadcell.scenario.tasks import STOPPING
from loadcell.scenario.user import User

LATE_S = 0.1
"""From how much lateness on a start counts as late."""
ON_STOP_S = 30.0
"""How long the on_stop methods of users that were stopped may take: less than the controller waits before it kills."""
_STARTS_AT_ONCE = 50

logger = logging.getLogger("loadcell.generator")


class Engine:
    """Starts and stops users. Every method is called from the process's main greenlet or from its own."""

    def __init__(self, classes: Mapping[str, type[User]], environment: Any, clock: Clock) -> None:
        """`classes` by name; their weights and fixed counts share the users out. ValueError if none would get any."""
        self._classes = classes
        self._mix = UserMix([(name, cls.weight, cls.fixed_count) for name, cls in classes.items()])
        self._environment = environment
        self._clock = clock
        self._users = Group()
        self._counts: Counter[str] = Counter()
        self._roster: Roster | None = None
        self._start_at = 0.0
        self._spawner: Any = None
        self._changed = Event()
        self._told: BaseException | None = None
        self._hasty = False
        self.started = 0
        """How many users have been started, those that have ended since included."""
        self.parts = 0
        """How many parts of the users this process has been given."""
        self.late_starts = 0
        self.starting = False
        """Whether users are still to be started."""
        self.on_complete: Callable[[], None] = _nothing
        """Called when every user this process carries has been started."""
        self.on_stop_test: Callable[[str], None] = _ignore
        """Called with the reason when the scenario wants the whole test to end."""
        environment.events.user_error.add_listener(self._note)

    @property
    def users(self) -> int:
        """How many users are running."""
        return len(self._users)

    def users_by_class(self) -> dict[str, int]:
        """How many users of each class are running."""
        return {name: count for name, count in self._counts.items() if count}

    @property
    def elapsed(self) -> float:
        """Seconds since the run's start."""
        return self._clock.monotonic() - self._start_at

    def go(self, plan: Plan, parts: list[Part], start_at: float) -> None:
        """Begin to start the users of `parts`; second 0 is at `start_at` on the machine's monotonic clock."""
        self._start_at = start_at
        self._roster = Roster(plan)
        for part in parts:
            self._roster.add(part)
        self.parts = len(parts)
        self.starting = True
        self._spawner = gevent.spawn(self._spawn_when_due, self._roster)

    def assign(self, part: Part, lost: Part, lost_at: float) -> None:
        """Take over users that another process carried until it was lost."""
        if self._roster is not None:
            self._roster.take_over(part, lost, lost_at)
            self.parts += 1
            self.starting = True  # Even if the part holds no users: that all are started is to be told again.
            self._changed.set()

    def _spawn_when_due(self, roster: Roster) -> None:
        while True:
            due = roster.next_due()
            if due is None:
                if self.starting:
                    self.starting = False
                    freeze_the_living()
                    self.on_complete()
                self._changed.wait()
                self._changed.clear()
                continue
            wait = due - self.elapsed
            if wait > 0:
                if self._changed.wait(wait):
                    self._changed.clear()
                continue
            self._spawn_due(roster)

    def _spawn_due(self, roster: Roster) -> None:
        """Start those who are due, giving the running ones their turn in between."""
        for _ in range(_STARTS_AT_ONCE):
            due = roster.next_due()
            late = self.elapsed - due if due is not None else -1.0
            if late < 0:
                return
            self.late_starts += late > LATE_S
            name = self._mix.class_of(roster.pop())
            if name is not None:
                self._start(name)
        gevent.sleep(0)

    def _start(self, name: str) -> None:
        try:
            user = self._classes[name](self._environment)
        except StopTest as stop:
            self.on_stop_test(str(stop))
            return
        except Exception as error:
            logger.error("%s could not be made", name, exc_info=True)
            self._environment.events.user_error.fire(user_instance=None, exception=error, tb=error.__traceback__)
            return
        self.started += 1
        user._group = self._users
        user._greenlet = self._users.spawn(self._live, user, name)

    def _note(self, exception: BaseException, **_: Any) -> None:
        self._told = exception

    def _live(self, user: User, name: str) -> None:
        # Here, not in _start: a greenlet that is ended before its first turn never comes to the end of this method.
        self._counts[name] += 1
        try:
            user.run()
        except (RescheduleTask, RescheduleTaskImmediately):
            logger.error("A user of %s ended: interrupt() in a task of the user itself, which no task set contains", name)
        except Exception as error:
            # What was fired as user_error was logged and counted there; the user just ends.
            if error is not self._told:
                logger.error("A user of %s ended by an exception", name, exc_info=True)
        finally:
            self._counts[name] -= 1
            client = getattr(user, "client", None)
            if isinstance(client, Session):  # A client of the scenario's own may take any call for a request.
                client.close()

    def hasten(self) -> None:
        """End the users whom a `stop`, under way or about to begin, would wait for."""
        self._hasty = True
        self._users.kill(block=False)

    def stop(self, timeout_s: float) -> bool:
        """Stop all users: those that wait at once, the others when their task is over, at the latest after `timeout_s`.

        Returns whether every user came to its end by itself or by being stopped, its on_stop included.
        """
        if self._spawner is not None:
            self._spawner.kill()
            self._spawner = None
        if timeout_s > 0 and not self._hasty:
            for greenlet in list(self._users):
                # Each on its own: the stop of one that waits lasts as long as its on_stop.
                gevent.spawn(_stop_gently, greenlet.args[0])
            self._users.join(timeout_s)
        self._users.kill(block=False)
        self._users.join(ON_STOP_S)
        drained = not self._users
        if not drained:
            logger.warning("%d users were still in on_stop after %g s and were ended", len(self._users), ON_STOP_S)
            self._users.kill(block=False)
            self._users.join(1.0)
        return drained


def freeze_the_living() -> None:
    """Keep the collector from looking again and again at users that live on.

    What is garbage by now goes first: nothing frozen is ever collected. Only objects since the last time are looked at.
    """
    gc.collect(1)
    gc.freeze()


def _stop_gently(user: User) -> None:
    if not user.greenlet.ready() and user._state != STOPPING:
        user.stop()


def _nothing() -> None:
    pass


def _ignore(_: str) -> None:
    pass
