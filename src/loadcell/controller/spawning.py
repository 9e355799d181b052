"""When all users of all processes have been started, which each process knows only of its own; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from loadcell.controller.members import Life, Member
from loadcell.messages import Event


def note(member: Member, event: Event, change: int) -> None:
    """Take a process's word that it carries all its users, unless it was told to carry others since.

    `change` is the number of the plan's last change.
    """
    users, parts = event.data.get("users"), event.data.get("parts")
    if isinstance(users, dict) and parts == len(member.parts) and event.data.get("change", 0) == change:
        member.spawned = users


def begin_again(members: Collection[Member]) -> None:
    """The plan has changed: nobody has what it asks for, and everybody is to be told when all have."""
    for member in members:
        member.spawned = None
        member.knows_spawned = False


def is_missing(member: Member) -> bool:
    """Whether it is to carry users and has not said yet that it carries them all."""
    return member.carries and member.alive and member.spawned is None


def total(members: Collection[Member]) -> dict[str, int]:
    """How many users of each class there are; of members that carry all they are to."""
    users: Counter[str] = Counter()
    for member in members:
        if member.carries and member.alive:
            users.update(member.spawned or {})
    return dict(users)


def unaware(members: Collection[Member]) -> list[Member]:
    """Who is still to be told, the lead first."""
    waiting = [member for member in members if member.life is Life.GOING and not member.knows_spawned]
    return sorted(waiting, key=lambda member: member.carries)


def event(users: int, at_s: float) -> Event:
    """The event that the run's file gets, once."""
    return Event("spawning_complete", f"{users:,} {'user' if users == 1 else 'users'} started", at_s, data={"users": users})
