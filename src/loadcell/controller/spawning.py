"""When all users of all processes have been started, which each process knows only of its own; pure."""

from __future__ import annotations

from collections.abc import Collection

from loadcell.controller.members import Life, Member
from loadcell.messages import Event


def note(member: Member, event: Event) -> None:
    """Take a process's word that it has started all its users, unless it has been given more of them since."""
    users, parts = event.data.get("users"), event.data.get("parts")
    if isinstance(users, int) and parts == len(member.parts):
        member.spawned = users


def total(members: Collection[Member]) -> int | None:
    """How many users there are, once all are started; None before."""
    carriers = [member for member in members if member.carries and member.alive]
    started = [member.spawned for member in carriers if member.spawned is not None]
    return sum(started) if len(started) == len(carriers) else None


def unaware(members: Collection[Member]) -> list[Member]:
    """Who is still to be told, the lead first."""
    waiting = [member for member in members if member.life is Life.GOING and not member.knows_spawned]
    return sorted(waiting, key=lambda member: member.carries)


def event(users: int, at_s: float) -> Event:
    """The event that the run's file gets, once."""
    return Event("spawning_complete", f"{users:,} {'user' if users == 1 else 'users'} started", at_s, data={"users": users})
