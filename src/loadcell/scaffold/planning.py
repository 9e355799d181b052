"""Which operations become tasks, how often, and what each learns from its answer for others. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

from loadcell.scaffold import access_logs, method_names, requests
from loadcell.scaffold.dangers import why_left_alone
from loadcell.scaffold.logins import Access
from loadcell.scaffold.operations import Operation, Service
from loadcell.scaffold.python_code import Call
from loadcell.scaffold.schemas import Schemas, Unbuildable
from loadcell.scaffold.sourcing import Choices, Constant, Source, Sourcing
from loadcell.scaffold.values import Values
from loadcell.text import one_line

_BESIDES = frozenset(
    ("health", "healthz", "healthcheck", "live", "livez", "metrics", "ping", "ready", "readyz", "status", "version")
)
"""Last parts of paths that say how a service is; its users don't ask for them."""


@dataclass(slots=True)
class Step:
    """A method of the scenario: one operation, asked for once."""

    operation: Operation
    name: str
    weight: int
    """0 for one that is no task, and only called by others."""
    enabled: bool
    """Whether it is more than a comment."""
    choices: Choices
    call: Call
    stores: dict[str, Source] = field(default_factory=dict)
    """By the attributes' names: what it learns from its answer for others."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A scenario before it is written."""

    steps: list[Step]
    constants: Mapping[str, Constant]
    left_out: Mapping[Operation, str]
    """Operations that can't be asked for, and why."""
    unseen: int
    """Operations that the access log has no request for."""

    @property
    def reasons(self) -> list[str]:
        """What is left out, and why, in lines."""
        return [one_line(f"{one.method} {one.path}: {why}") for one, why in self.left_out.items()]


def plan(
    service: Service, schemas: Schemas, access: Access, *, writes: bool, traffic: access_logs.Traffic | None = None
) -> Plan:
    """The scenario of a service. Without `writes`, what changes data is planned, but not enabled."""
    asked = [one for one in service.operations if one not in access.left_out and not one.elsewhere]
    alone = {one: why for one in asked if (why := why_left_alone(one, access, schemas))}
    operations = [one for one in asked if one not in alone]
    names = method_names.name_all(operations)
    left_out = {one: f"it is another service's, {one.elsewhere}" for one in service.operations if one.elsewhere}
    left_out |= {one: why for one, why in access.left_out.items() if why} | alone
    weights = _weights(operations) if traffic is None else access_logs.weights(traffic.counts)
    sourcing = Sourcing(operations, schemas, traffic.values if traffic else {}, names.values(), writes=writes)
    steps: dict[Operation, Step] = {}
    wanted = [one for one in operations if one in weights]
    for operation in wanted:  # Grows on the way: what fills an attribute is wanted, too.
        try:
            choices = sourcing.for_path(operation)
            refer = partial(sourcing.reference, operation, choices)
            values = Values(schemas, refer, distinct=not operation.reads)
            call = requests.call(operation, choices.names, schemas, values, access)
        except Unbuildable as error:
            left_out[operation] = str(error)
            continue
        enabled = writes or operation.reads
        steps[operation] = Step(operation, names[operation], weights.get(operation, 0), enabled, choices, call)
        fillers = [one.finding.operation for one in choices.sources.values() if one.finding]
        wanted += [one for one in dict.fromkeys(fillers) if one not in wanted]
    _drop_what_waits_for_ever(steps, left_out)
    for step in steps.values():
        for name, source in step.choices.sources.items():
            assert source.finding is not None
            steps[source.finding.operation].stores[name] = source
    ordered = [steps[one] for one in operations if one in steps]
    return Plan(
        steps=sorted(ordered, key=lambda step: not step.operation.reads),
        constants=sourcing.constants,
        left_out=left_out,
        unseen=sum(one not in weights for one in operations),
    )


def _drop_what_waits_for_ever(steps: dict[Operation, Step], left_out: dict[Operation, str]) -> None:
    """Take out what needs values that nothing fills in after all."""

    def lost(step: Step) -> bool:
        return any(one.finding and one.finding.operation not in steps for one in step.choices.sources.values())

    while found := [operation for operation, step in steps.items() if lost(step)]:
        for operation in found:
            del steps[operation]
            left_out[operation] = "what would tell which there are can't be asked for"


def _weights(operations: list[Operation]) -> dict[Operation, int]:
    """Reads over writes, one of many over all of them; whatever isn't for users, or not for long, hardly ever."""

    def weight(operation: Operation) -> int:
        last = operation.own_path.rstrip("/").rpartition("/")[2].lower()
        if operation.deprecated or not last or last in _BESIDES or operation.method == "HEAD":
            return 1
        if operation.reads:
            return 10 if operation.path_parameters else 5
        return 2 if operation.method == "POST" else 1

    return {operation: weight(operation) for operation in operations}
