"""The processes of a run together: who they are, and what goes out to them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from loadcell.controller.actions import Kill, Send, Start
from loadcell.controller.members import Life, Member
from loadcell.controller.state.lifetime import Lifetime
from loadcell.controller.state.outbox import Outbox
from loadcell.controller.state.patience import Patience
from loadcell.messages import Command, Load, Say


class Crew:
    """The members of a run by name, those that are gone included."""

    def __init__(self, loads: Sequence[Load], lifetime: Lifetime, outbox: Outbox, patience: Patience) -> None:
        self._tally: Counter[Life] = Counter()
        self._members = {load.generator: Member(load, tally=self._tally) for load in loads}
        self._lifetime = lifetime
        self._outbox = outbox
        self._patience = patience

        self._leads = [member for member in self._members.values() if not member.carries]

    def __iter__(self) -> Iterator[Member]:
        # Of a copy, because a member may be replaced meanwhile.
        return iter(list(self._members.values()))

    def __getitem__(self, name: str) -> Member:
        return self._members[name]

    def get(self, name: str) -> Member | None:
        """The member of that name, if it is one of this run."""
        return self._members.get(name)

    @property
    def names(self) -> list[str]:
        """All names that were ever given."""
        return list(self._members)

    @property
    def alive(self) -> list[Member]:
        return [member for member in self if member.alive]

    @property
    def carriers(self) -> list[Member]:
        """Those alive that are there to carry users."""
        return [member for member in self.alive if member.carries]

    @property
    def going(self) -> list[Member]:
        """Those that carry out the load, the lead included."""
        return [member for member in self if member.life is Life.GOING]

    @property
    def separate_leads(self) -> list[Member]:
        """The lead, where it is a process of its own."""
        return [member for member in self._leads if member.alive]

    # Of thousands of members each has news of its own, and none may cost a look at all of them: what follows is counted.

    @property
    def some_alive(self) -> bool:
        return self._tally[Life.GONE] < len(self._members)

    def some_are(self, life: Life) -> bool:
        return self._tally[life] > 0

    def carriers_are_all(self, life: Life) -> bool:
        """Whether all carriers alive are at this point of their lives."""
        leads = self.separate_leads
        alive = len(self._members) - self._tally[Life.GONE] - len(leads)
        return alive == self._tally[life] - sum(lead.life is life for lead in leads)

    def all_are(self, life: Life) -> bool:
        return self._tally[life] == len(self._members)

    def start(self, member: Member) -> None:
        """Have its process started."""
        self._members[member.name] = member
        if member.tally is not self._tally:
            member.tally = self._tally
            member.tally[member.life] += 1
        member.enter(Life.LOADING, self._lifetime.now() + self._patience.ready_s)
        self._outbox.put(Start(member.load))

    def send(self, member: Member, command: Command) -> None:
        """Have a command sent to one."""
        self._outbox.put(Send(member.name, command))

    def kill(self, member: Member) -> None:
        """Have its process ended: its end is news then."""
        member.due = None
        member.condemned = True
        self._outbox.put(Kill(member.name))

    def pass_on(self, sender: Member, said: Say) -> None:
        """Bring what the scenario says from one process to another: to one that is named, to the lead, or to all."""
        said.sender = sender.name
        if said.to:
            heard = [member for member in self if member.name == said.to]
        else:
            heard = [member for member in self if member.leads != sender.leads]
        for member in heard:
            if member.alive and member.life is not Life.LOADING:
                self.send(member, said)
