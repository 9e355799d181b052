"""The nodes of a cluster as one: places generators, merges what the nodes have merged, and finds those that are lost.

A node that hears nothing of the controller stops its users after 2 s (`station`); others have them 3 s after the controller
has heard the node for the last time. Both count from the same answer of the node, which has written its own time
into it, so that no user is ever there twice, whatever the clocks say.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Coroutine, Sequence
from typing import Any, Protocol

from loadcell.clock import Clock
from loadcell.messages import Command, Go, Load, Log, Stopped
from loadcell.nodes.gathering import PATIENCE_S, Gathering
from loadcell.nodes.mail import Bag, Convey, Deploy, Halt, Letter, Line
from loadcell.nodes.news import ClusterLost, Collected, Exited, News, NodeLost, Noticed, ProcessExit, Reported
from loadcell.nodes.outpost import Contact, Outpost
from loadcell.nodes.pool import OnOutput, Tell

LOST_S = 2.95
"""After so long without a word a node is lost, so that its users are with others after 3 s."""
STARTING_S = 10.0
"""The same as long as no user was started, when nothing is at stake yet, and machines are busiest."""
CLUSTER_LOST_S = 1.0
"""By how much less the cluster itself must have been silent, when a node is lost, for it to be the cluster that is."""
GATHERING_S = PATIENCE_S + 1.0
"""How long a second is waited for, after it ended: a node waits for its generators as it does anywhere."""
UNSURE_S = 0.05
"""From when on it is told that a node's seconds may not be those of the others."""
CLOSE_S = 5.0
_LEAD = ""
"""Its name among those of the machines."""
_TICK_S = 0.1
_LOOK_S = 0.5

MEET_S = 60.0
"""How long one that has joined may take to be looked at and to get ready."""


class Roll(Protocol):
    """Who is in the cluster."""

    async def newcomers(self) -> Sequence[str]:
        """The addresses of those that have joined since this was asked before. An exception: the cluster does not answer."""

    async def meet(self, address: str) -> Contact:
        """A way to one of them. An exception, in a sentence, where it can't take part."""


class Fleet:
    """The generators of one run on the machines of a cluster. All of it belongs on one event loop."""

    def __init__(
        self,
        contacts: Sequence[Contact],
        charge: bytes,
        tell: Tell,
        *,
        on_output: OnOutput,
        clock: Clock,
        roll: Roll | None = None,
        cluster: str = "the cluster",
    ) -> None:
        """`charge` is what every node is told at its beginning; `cluster` is what the cluster is called."""
        self._charge = charge
        self._tell = tell
        self._on_output = on_output
        self._clock = clock
        self._roll = roll
        self._cluster = cluster
        self._answered_at = clock.monotonic()
        """When the cluster itself answered the last time."""
        self._gathering = Gathering(GATHERING_S)
        self._told_until: dict[str, int] = {}
        """By node: how many seconds of the run it has delivered."""
        self._start_at: float | None = None
        self._places: dict[str, Outpost] = {}
        """By generator."""
        self._over = False
        self._clocks_told: set[str] = set()
        self._posts = [self._post(contact) for contact in contacts]
        self._coming: set[Outpost] = set()
        """Those that get ready to stand by."""
        self._tasks: list[asyncio.Task[None]] = []

    def begin(self) -> None:
        """Get the nodes ready, and look after them from now on."""
        for post in self._posts:
            post.start()
        self._keep_on(self._look_after())
        if self._roll is not None:
            self._keep_on(self._call_the_roll(self._roll))

    def _keep_on(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        task.add_done_callback(self._ended)
        self._tasks.append(task)

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            # Nobody would look after the machines any more.
            self._lose_all(f"{type(error).__name__}: {error}")

    # What the controller wants

    def start(self, load: Load) -> None:
        """Start a generator on the node that has room for it."""
        post = self._place()
        if post is None:
            self._tell(Exited(load.generator, 0, ProcessExit(None, "no machine of the cluster is left to run it")))
            return
        self._places[load.generator] = post
        post.generators.add(load.generator)
        post.put(Deploy(load))

    def send(self, generator: str, command: Command) -> None:
        """Send a command to one generator; without effect when it is gone."""
        post = self._places.get(generator)
        if post is None:
            return
        if isinstance(command, Go):
            self._start_at = command.start_at
            post.going = True
            if command.parts and not post.carriers:
                self._gathering.join(post.name, math.floor(max(0.0, self._elapsed_s())))
            post.carriers.add(generator)
        post.put(Convey(generator, command))

    def kill(self, generator: str) -> None:
        """End one generator at once; its end comes as news."""
        if post := self._places.get(generator):
            post.put(Halt(generator))

    def expect_lead(self) -> None:
        """The lead begins: no second is complete without its own, which the machines may be ahead of."""
        self._gathering.join(_LEAD, math.floor(max(0.0, self._elapsed_s())))

    def hear_lead(self, news: News) -> None:
        """News of the lead, which is with the controller: its seconds are merged with those of the machines."""
        match news:
            case Collected(interval):
                self._gathering.add(_LEAD, interval)
                self.collect()
                return
            case Reported(_, Stopped()) | Exited():
                self._gathering.leave(_LEAD)
                self.collect()
        self._tell(news)

    def collect(self) -> None:
        """Tell the seconds that are complete or overdue by now."""
        for interval in self._gathering.take(self._elapsed_s()):
            self._tell(Collected(interval))

    async def close(self) -> None:
        """End all generators, as far as their nodes answer."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        posts = [*self._posts, *self._coming]
        kept = await asyncio.gather(*(post.close(0.2 if post.lost else CLOSE_S) for post in posts))
        for post, folder in zip(posts, kept, strict=True):
            if folder:
                self._on_output("", "stderr", f"{post.name}: the scenario has left files there, in {folder}")

    # Where generators are

    def _post(self, contact: Contact) -> Outpost:
        return Outpost(contact, self._charge, self._clock, self._arrived)

    def _place(self) -> Outpost | None:
        able = [post for post in self._posts if not post.lost and not post.flaw]
        for post in able:
            if len(post.generators) < post.machine.processes:
                return post
        return min(able, key=lambda post: len(post.generators), default=None)

    # What the nodes say

    def _arrived(self, post: Outpost, bag: Bag) -> None:
        if post.lost or bag.parked:
            self._take_late(bag)
        else:
            for letter in bag.letters:
                self._take(post, letter)
        if bag.ended and not post.lost:
            self._lose(post, "it had not heard from the controller, and stopped its users")
        if bag.ended and not self._over and not self._is_superseded(post):
            self._take_back(post)

    def _take(self, post: Outpost, letter: Letter) -> None:
        match letter:
            case Line(generator, stream, text):
                self._on_output(generator, stream, text)
            case Collected(interval):
                self._told_until[post.name] = interval.second + 1
                self._gathering.add(post.name, interval)
                self.collect()
            case Reported(generator, report):
                if isinstance(report, Stopped):
                    self._carries_no_more(post, generator)
                self._tell(letter)
            case Exited(generator):
                self._carries_no_more(post, generator)
                post.generators.discard(generator)
                self._places.pop(generator, None)
                self._tell(letter)

    def _carries_no_more(self, post: Outpost, generator: str) -> None:
        post.carriers.discard(generator)
        if not post.carriers:
            self._gathering.leave(post.name)
            self.collect()

    def _take_late(self, bag: Bag) -> None:
        """A node that has stopped by itself delivers what it still had: figures are never too late. Its generators' ends are
        told with its own."""
        for letter in bag.letters:
            match letter:
                case Collected() | Reported(_, Log()):
                    self._tell(letter)
                case Line(generator, stream, text):
                    self._on_output(generator, stream, text)

    def _is_superseded(self, post: Outpost) -> bool:
        """Whether its worker was started anew, and is one of the others now."""
        return any(other is not post and other.machine.address == post.machine.address != "" for other in self._posts)

    def _take_back(self, post: Outpost) -> None:
        """It has nothing more to tell: have it get ready anew, as one that carries nobody."""
        self._posts.remove(post)
        text = (
            f"{post.name} answers again. Its users had been stopped there, and others carry them by now; figures that it"
            " still had were added."
        )

        async def change_over() -> None:
            await post.stop()
            await self._stand_by(post.contact, "node_back", text, "warning")

        self._keep_on(change_over())

    async def _stand_by(self, contact: Contact, kind: str, text: str, level: str) -> None:
        """Have a machine ready, in case that another one is lost."""
        post = self._post(contact)
        self._coming.add(post)
        post.start()
        await post.settled()
        self._coming.discard(post)
        if post.flaw:
            self._tell(Noticed("node_unfit", f"{text} It can't take part: {post.flaw}", "warning", {"node": post.name}))
            return
        self._posts.append(post)
        self._tell(Noticed(kind, f"{text} It stands by, in case that a machine is lost.", level, {"node": post.name}))

    # Who is lost, and who comes

    async def _look_after(self) -> None:
        while True:
            await asyncio.sleep(self._until_next_look_s())
            self.collect()
            if self._roll is not None and not self._over and self._cluster_silent_s() >= self._patience_s:
                self._lose_cluster()
            for post in self._posts:
                patience_s = self._patience_with(post)
                if post.flaw and not post.is_open and post.generators:
                    self._lose(post, post.flaw)
                elif not post.lost and post.silent_s() >= patience_s:
                    self._lose(post, post.flaw or f"nothing was heard of it for {patience_s:.0f} s")
                else:
                    self._look_at_clock(post)

    def _until_next_look_s(self) -> float:
        """A tick, or less where the patience with a node ends before that."""
        if self._over:
            return _TICK_S
        left = [self._patience_with(post) - post.silent_s() for post in self._posts if not post.lost]
        return max(0.001, min([_TICK_S, *left]))

    @staticmethod
    def _patience_with(post: Outpost) -> float:
        return LOST_S if post.going else STARTING_S

    def _lose(self, post: Outpost, why: str) -> None:
        if self._over:
            return
        if self._roll is not None and self._cluster_silent_s() >= self._patience_s - CLUSTER_LOST_S:
            self._lose_cluster()
            return
        lost = self._forget(post)
        if self._place() is None and self._start_at is not None:
            self._over = True
            self._tell(ClusterLost(lost, f"its last machine, {post.name}, was lost: {why}"))
            return
        self._tell(NodeLost(post.name, lost, self._told_until.get(post.name, 0), why))

    def _lose_cluster(self) -> None:
        self._lose_all(f"nothing was heard of {self._cluster} for {self._patience_s:.0f} s")

    def _lose_all(self, why: str) -> None:
        if self._over:
            return
        self._over = True
        self._tell(ClusterLost(tuple(name for post in self._posts for name in self._forget(post)), why))

    def _forget(self, post: Outpost) -> tuple[str, ...]:
        """Expect no more of a node; returns its generators."""
        post.lost = True
        lost = tuple(sorted(post.generators, key=lambda name: (len(name), name)))
        for name in lost:
            self._places.pop(name, None)
        post.generators.clear()
        post.carriers.clear()
        self._gathering.leave(post.name)
        self.collect()
        return lost

    def _look_at_clock(self, post: Outpost) -> None:
        if post.name in self._clocks_told:
            return
        if post.within_s >= UNSURE_S:
            ms = post.within_s * 1000
            text = f"The clock of {post.name} is known to ±{ms:.0f} ms only: its answers take long."
            data: dict[str, str | float | list[str]] = {"node": post.name, "within_ms": ms}
        elif abs(post.drift_s) >= UNSURE_S:
            ms = post.drift_s * 1000
            begins = "earlier" if ms > 0 else "later"
            text = f"The clock of {post.name} has moved by {ms:+.0f} ms since the start: its seconds begin so much {begins}."
            data = {"node": post.name, "drift_ms": ms}
        else:
            return
        self._clocks_told.add(post.name)
        self._tell(Noticed("clock_unsure", text, "warning", data))

    async def _call_the_roll(self, roll: Roll) -> None:
        while True:
            await asyncio.sleep(_LOOK_S)
            try:
                addresses = await roll.newcomers()
            except Exception:
                continue
            self._answered_at = self._clock.monotonic()
            for address in addresses:
                self._keep_on(self._meet(roll, address))

    async def _meet(self, roll: Roll, address: str) -> None:
        try:
            async with asyncio.timeout(MEET_S):
                contact = await roll.meet(address)
        except Exception as error:
            why = f"it did not answer within {MEET_S:g} s" if isinstance(error, TimeoutError) else str(error)
            self._tell(Noticed("node_unfit", f"{address} has joined the cluster. It can't take part: {why}", "warning"))
            return
        await self._stand_by(contact, "node_joined", f"{contact.machine.name} has joined the cluster.", "info")

    @property
    def _patience_s(self) -> float:
        return STARTING_S if self._start_at is None else LOST_S

    def _cluster_silent_s(self) -> float:
        return self._clock.monotonic() - self._answered_at

    def _elapsed_s(self) -> float:
        return 0.0 if self._start_at is None else self._clock.monotonic() - self._start_at
