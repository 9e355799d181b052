"""The users of one process: started when the plan says so, kept count of, and stopped."""

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
from loadcell.generator.arrivals import LATE_S, Dispatcher
from loadcell.generator.roster import Roster, Turn
from loadcell.http.session import Session
from loadcell.messages import Change, Starts
from loadcell.plan import Arrivals, Part, Plan
from loadcell.scenario.exceptions import RescheduleTask, RescheduleTaskImmediately, StopTest
from loadcell.scenario.mix import ChangingMix
from loadcell.scenario.tasks import STOPPING
from loadcell.scenario.user import User

ON_STOP_S = 30.0
"""How long the on_stop methods of users that were stopped may take: less than the controller waits before it kills."""
_STARTS_AT_ONCE = 50
_FEW_GONE = 100

logger = logging.getLogger("loadcell.generator")


class Engine:
    """Starts and stops users. Every method is called from the process's main greenlet or from its own."""

    def __init__(self, classes: Mapping[str, type[User]], environment: Any, clock: Clock) -> None:
        """`classes` by name; their weights and fixed counts share the users out. ValueError if none would get any."""
        self._classes = classes
        self._mix = ChangingMix(_shares(classes))
        self._environment = environment
        self._clock = clock
        self._users = Group()
        self._counts: Counter[str] = Counter()
        self._roster: Roster | None = None
        self._taken: dict[int, User | None] = {}
        """The users of the plan by number; also those that ended by themselves, whose place stays taken."""
        self._dispatcher: Dispatcher | None = None
        """Who starts iterations, in the open model."""
        self._lateness: dict[Any, int] = {}
        """By greenlet: how late, in µs, its iteration started, until its first request is counted. In the open model."""
        self._start_at = 0.0
        self._spawner: Any = None
        self._stoppers = Group()
        self._changed = Event()
        self._told: BaseException | None = None
        self._hasty = False
        self.started = 0
        """How many users have been started, those that have ended since included."""
        self.parts = 0
        """How many parts of the users this process has been given."""
        self.change_number = 0
        """Which change of the plan this process goes by."""
        self.late_starts = 0
        self._gone = 0
        """Users that have ended since what was frozen was last looked at."""
        self.starting = False
        """Whether users are still to be started or stopped by the plan."""
        self.on_complete: Callable[[], None] = _nothing
        """Called when this process carries the users that the plan asks for."""
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

    def carried(self) -> dict[str, int]:
        """How many users of each class are to stay: those being stopped are not among them."""
        staying = [user for user in self._taken.values() if user is not None and not user.greenlet.ready()]
        return dict(Counter(type(user).__name__ for user in staying))

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
        self.starting = plan.peak > 0 or self._dispatcher is not None
        self._spawner = gevent.spawn(self._spawn_when_due, self._roster)
        if self._dispatcher is not None:
            self._dispatcher.run()

    def open(self, arrivals: Arrivals, max_users: int, parts: list[Part]) -> None:
        """Start iterations as `arrivals` says; to be called before `go`, which then starts those who are there at first."""
        self._dispatcher = Dispatcher(
            arrivals,
            max_users,
            classes=self._classes,
            start=self.start,
            elapsed=lambda: self.elapsed,
            lateness=self._lateness,
        )
        for part in parts:
            self._dispatcher.add(part)

    def change_rate(self, arrivals: Arrivals) -> None:
        """Go by other arrivals, in the open model."""
        if self._dispatcher is not None:
            self._dispatcher.change(arrivals)

    def take_lateness(self) -> int:
        """By how many µs the iteration under way in the current greenlet started late; 0 from the second time on."""
        return self._lateness.pop(gevent.getcurrent(), 0)

    def take_starts(self) -> Starts | None:
        """How iterations started since the last time; None in the closed model."""
        return None if self._dispatcher is None else self._dispatcher.take()

    def change(self, change: Change) -> None:
        """Go by another plan, and start users of other classes if the change names any."""
        if self._roster is None:
            return
        if change.user_classes is not None:
            chosen = {name: self._classes[name] for name in change.user_classes if name in self._classes}
            self._mix.change(_shares(chosen or self._classes), change.mixed_from)
        self.change_number = change.number
        self._roster.change(change.plan, change.at_s)
        self.starting = True  # Even if nothing is left to do: that it is done is to be told.
        self._changed.set()

    def assign(self, part: Part, lost: Part, lost_at: float) -> None:
        """Take over users that another process carried until it was lost."""
        if self._roster is not None:
            self._roster.take_over(part, lost, lost_at)
            if self._dispatcher is not None:
                self._dispatcher.take_over(part, lost_at)
            self.parts += 1
            self.starting = True  # Even if the part holds no users: that all are started is to be told again.
            self._changed.set()

    def _spawn_when_due(self, roster: Roster) -> None:
        while True:
            due = roster.next_due()
            if due is None:
                if self.starting:
                    self.starting = False
                    self.freeze()
                    self.on_complete()
                self._changed.wait()
                self._changed.clear()
                continue
            wait = due - self.elapsed
            if wait > 0:
                if self._changed.wait(wait):
                    self._changed.clear()
                continue
            self._take_turns(roster)

    def _take_turns(self, roster: Roster) -> None:
        """Start and stop those who are due, giving the running ones their turn in between."""
        for _ in range(_STARTS_AT_ONCE):
            due = roster.next_due()
            late = self.elapsed - due if due is not None else -1.0
            if late < 0:
                return
            turn = roster.pop()
            if not turn.starts:
                self._end(turn.user)
            elif turn.user not in self._taken and self._is_wanted(turn, roster):
                self.late_starts += late > LATE_S
                self._begin(turn.user)
        gevent.sleep(0)

    def _is_wanted(self, turn: Turn, roster: Roster) -> bool:
        return not turn.again or turn.user < roster.plan.target(self.elapsed)

    def _begin(self, number: int) -> None:
        """Start user `number` of the plan."""
        name = self._mix.class_of(number)
        if name is not None:
            self._taken[number] = self.start(name)

    def _end(self, number: int) -> None:
        """Stop user `number` of the plan: after its task where the scenario gives it time, else at once."""
        user = self._taken.pop(number, None)
        if user is not None and not user.greenlet.ready():
            self._stoppers.spawn(self._stop_one, user)

    def settle(self) -> None:
        """Wait until the users whom the plan has stopped are gone."""
        self._stoppers.join()

    def _stop_one(self, user: User) -> None:
        timeout_s = float(self._environment.stop_timeout or 0.0)
        if timeout_s > 0:
            _stop_gently(user)
            user.greenlet.join(timeout_s)
        # By the group, which knows then that it is being ended: whoever ends all of them does not cut its on_stop short.
        self._users.killone(user.greenlet, block=False)
        user.greenlet.join(ON_STOP_S)

    def start(self, name: str) -> User | None:
        """Start a user of the class `name` now; None if none could be made."""
        try:
            user = self._classes[name](self._environment)
            if not hasattr(user, "environment"):
                raise AssertionError(f"{name} has no environment: its __init__ must call super().__init__(environment)")
        except StopTest as stop:
            self.on_stop_test(str(stop))
            return None
        except Exception as error:
            logger.error("%s could not be made", name, exc_info=True)
            self._environment.events.user_error.fire(user_instance=None, exception=error, tb=error.__traceback__)
            return None
        self.started += 1
        user._group = self._users
        user._greenlet = self._users.spawn(self._live, user, name)
        if self._dispatcher is not None:
            self._dispatcher.joined(user, user._greenlet, name)
            user._greenlet.rawlink(self._dispatcher.left)
        return user

    def freeze(self) -> None:
        """Keep the collector from looking again and again at users that live on.

        Those who were frozen and are gone since have to be looked at once more, with all others: where they are many.
        """
        if self._gone > max(_FEW_GONE, self.users):
            self._gone = 0
            gc.unfreeze()
            gc.collect()
        freeze_the_living()

    def stop_some(self, counts: Mapping[str, int]) -> None:
        """Stop so many users of each class, and wait until they are gone; the plan does not bring them back."""
        chosen: list[User] = []
        for name, count in counts.items():
            chosen += [user for user in self.living() if type(user) is self._classes[name]][:count]
        gevent.joinall([gevent.spawn(self._stop_one, user) for user in chosen])
        gevent.joinall([user.greenlet for user in chosen], ON_STOP_S)

    def living(self) -> list[User]:
        """The users that are running."""
        return [greenlet.args[0] for greenlet in list(self._users)]

    @property
    def group(self) -> Group:
        """The greenlets of the running users."""
        return self._users

    def runs_in(self, greenlet: Any) -> bool:
        """Whether the greenlet is one of a user, or the one that starts them."""
        return greenlet is self._spawner or greenlet in self._users

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
            self._gone += 1
            client = getattr(user, "client", None)
            # A client of the scenario's own may take any call for a request; a pool may be that of others, too.
            if isinstance(client, Session) and not client.shares_pool:
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
        if self._dispatcher is not None:
            self._dispatcher.end()
        self._taken.clear()
        self._roster = None
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
            for greenlet in list(self._users):
                greenlet.kill(block=False)  # The group leaves alone what it has ended once.
            self._users.join(1.0)
        return drained


def _shares(classes: Mapping[str, type[User]]) -> list[tuple[str, float, int]]:
    return [(name, cls.weight, cls.fixed_count) for name, cls in classes.items()]


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
