"""Processes that die or fall silent: what is said about it, and who takes their place; pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec

from loadcell.controller.members import Life, Member
from loadcell.errors import GeneratorLost, UsageError
from loadcell.messages import Event
from loadcell.nodes.news import ClusterLost, Exited, NodeLost, ProcessExit
from loadcell.nodes.parts import share_out
from loadcell.plan import Part, Plan


def event(member: Member, exited: Exited, plan: Plan, lost_at: float) -> Event:
    """The event that tells of a loss `lost_at` s after the start."""
    users = member.users(plan, lost_at)
    carried = f" It carried {users:,} {'user' if users == 1 else 'users'}." if member.carries else ""
    return Event(
        kind="generator_lost" if member.carries else "lead_lost",
        text=f"{member.title} (pid {exited.pid}) was lost: {exited.exit}.{carried}",
        at_s=lost_at,
        level="error",
        data={
            "generator": member.name,
            "pid": exited.pid,
            "signal": exited.exit.signal,
            "exit_code": exited.exit.returncode,
            "users": users,
        },
    )


def node_event(lost: NodeLost, members: Sequence[Member], plan: Plan, lost_at: float) -> Event:
    """The event that tells of the loss of a machine `lost_at` s after the start."""
    users = sum(member.users(plan, lost_at) for member in members)
    carried = f"It carried {users:,} {'user' if users == 1 else 'users'} in {_generators(lost.generators)}."
    until = (
        f"Its figures are there for the first {lost.told_until} s" if lost.told_until else "None of its figures are there"
    )
    return Event(
        kind="node_lost",
        text=f"Machine {lost.node} was lost: {lost.why}. {carried} {until}; what it did after that is missing.",
        at_s=lost_at,
        level="error",
        data={"node": lost.node, "generators": list(lost.generators), "users": users, "told_until_s": lost.told_until},
    )


def cluster_event(lost: ClusterLost, lost_at: float) -> Event:
    """The event that tells of the loss of all machines."""
    text = f"The cluster was lost: {lost.why}. The run was ended; all that had been reported by then is kept."
    return Event("cluster_lost", text, lost_at, "error", {"generators": list(lost.generators)})


def cluster_gone_early(lost: NodeLost | ClusterLost) -> GeneratorLost:
    """The error for machines that were lost before the load began."""
    who = f"Machine {lost.node}" if isinstance(lost, NodeLost) else "The cluster"
    return GeneratorLost(
        f"{who} was gone before the load began: {lost.why}.", "See that its worker runs and is idle, and start again."
    )


def _generators(names: Sequence[str]) -> str:
    return f"generator {names[0]}" if len(names) == 1 else f"{len(names)} generators"


def replacement(lost: Member, taken: Collection[str]) -> Member:
    """A new process in the place of a lost one, under a number nobody has had."""
    number = 1 + max(int(name) for name in taken if name.isdigit())
    return Member(msgspec.structs.replace(lost.load, generator=str(number), index=number - 1), replaces=True)


def adoptions(orphans: Sequence[tuple[Part, float]], survivors: Sequence[str]) -> list[tuple[str, Part, Part, float]]:
    """Who takes over what: (generator, its part, the lost part, when it was lost in s after the start)."""
    return [(name, part, lost, lost_at) for lost, lost_at in orphans for name, part in share_out(lost, survivors)]


def ended_early(member: Member, end: ProcessExit) -> GeneratorLost:
    """The error for a process that ended before the load began."""
    return GeneratorLost(
        f"{member.title} was gone before the load began: {end}.", "What it printed before says more; look for it above."
    )


def two_masters(shape: str) -> UsageError:
    """The error for a scenario with a LoadTestShape in a run whose load the options decide on."""
    return UsageError(
        f"The scenario's shape {shape} and the options --rate, --plan or --stages each decide on the load.",
        "Leave the options out to run the shape, or take the shape out of the scenario.",
    )


def never_ready(member: Member, ready_s: float, begun_s: float) -> GeneratorLost:
    """The error for a process that did not come as far as carrying load in time."""
    if member.life is Life.BEGINNING:
        return GeneratorLost(
            f"{member.title} had not run the scenario's test_start hooks within {begun_s:g} s.",
            "Do long preparations before the run.",
        )
    return GeneratorLost(
        f"{member.title} had not loaded the scenario within {ready_s:g} s.",
        "Look for something at the top level of the file that waits or never ends.",
    )


def hung(member: Member) -> str:
    """The sentence about a process that owed an answer for too long, in a run that carries or has carried load."""
    did_not = {
        Life.LOADING: "did not become ready in time",
        Life.BEGINNING: "did not become ready in time",
        Life.STOPPING: "did not stop in time; its last second may be missing",
    }.get(member.life, "did not exit in time after the run")
    return f"{member.title} {did_not}, and was killed."
