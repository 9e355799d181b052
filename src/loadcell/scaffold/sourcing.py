"""Where a step gets the values it needs: from what others have learnt, from an access log, from examples, or by a guess.

Pure, but for the constants that it notes down: those that were asked for are written.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from loadcell.scaffold import resources
from loadcell.scaffold.naming import singular, snake, words
from loadcell.scaffold.numbers import guessed
from loadcell.scaffold.operations import ABSENT, Operation, Parameter
from loadcell.scaffold.python_code import Code, Expression, Tuple, one_line
from loadcell.scaffold.resources import Finding, Resource
from loadcell.scaffold.schemas import Schemas, Shape, Unbuildable
from loadcell.scaffold.values import Values, example_of, literal

_GUESSED = 10
_BORDERS = re.compile("[/?#%]")
"""What would make another path of a value."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where values of a resource come from: an attribute of the user that some step fills, or a constant."""

    resource: Resource
    name: str
    """`item_ids`, `my_item_ids` or `ITEM_IDS`."""
    finding: Finding | None = None
    """What fills the attribute; None for a constant."""

    @property
    def code(self) -> str:
        """How the scenario says it."""
        return f"self.{self.name}" if self.finding else self.name


@dataclass(frozen=True, slots=True)
class Constant:
    """Values that no answer tells, and how they are known."""

    value: Expression
    comment: str


@dataclass(slots=True)
class Choices:
    """What a step does before its request."""

    sources: dict[str, Source] = field(default_factory=dict)
    """By their names: attributes that must not be empty."""
    variables: list[tuple[tuple[str, ...], str]] = field(default_factory=list)
    """Variables, and the expression that they get their values from."""
    used_up: Resource | None = None
    """What must not be asked for again after this."""

    @property
    def names(self) -> list[str]:
        """All variables."""
        return [name for names, _ in self.variables for name in names]


class Sourcing:
    """Finds sources for the operations of one service."""

    def __init__(
        self,
        operations: Sequence[Operation],
        schemas: Schemas,
        logged: Mapping[str, Sequence[tuple[str, ...]]],
        methods: Collection[str] = (),
        *,
        writes: bool,
    ) -> None:
        """`logged` are values of path parameters by the key of the path; `methods` are names that attributes can't have;
        `writes`: reading steps may need writing ones."""
        self._schemas = schemas
        self._logged = logged
        self._writes = writes
        self._operations = operations
        self._resources = resources.find(operations, schemas, methods)
        self.constants: dict[str, Constant] = {}
        """What was asked for and comes from no answer, by name."""

    def for_path(self, operation: Operation) -> Choices:
        """Values for the parameters of a path; Unbuildable where nothing tells them."""
        choices = Choices()
        keys = resources.of(operation)
        if len(keys) != len(operation.path_parameters):
            raise Unbuildable("a part of its path has two parameters")
        if not keys:
            return choices
        last = self._resources[keys[-1]]
        changes = not operation.reads and not _adds(operation)
        if operation.method == "DELETE" and last.made is None:
            raise Unbuildable("nothing makes what it could delete")
        known = 0
        for index in range(len(keys), 0, -1):
            owned = changes and index == len(keys)
            if source := self.of(self._resources[keys[index - 1]], writing=not operation.reads, owned=owned):
                # What can be done only once to each is done to the oldest, which others hardly see any more.
                once = owned and operation.method in ("POST", "DELETE") and source.finding is last.made and last.made
                choices.variables.append(
                    (source.resource.variables, f"{source.code}.pop(0)" if once else f"random.choice({source.code})")
                )
                if source.finding:
                    choices.sources[source.name] = source
                if once and operation.method == "DELETE":
                    choices.used_up = last
                known = index
                break
        for key, name in zip(keys[known:], operation.path_parameters[known:], strict=True):
            resource = self._resources[key]
            choices.variables.append((resource.variables[-1:], self._alone(resource, operation.parameter(name))))
        return choices

    def of(self, resource: Resource, *, writing: bool, owned: bool = False) -> Source | None:
        """Where its values come from. What is changed (`owned`) is what the scenario has made, where it makes any."""
        if resource.made and (writing or self._writes) and (owned or not resource.listed):
            return Source(resource, f"my_{resource.attribute}", resource.made)
        values = list(self._values_logged(resource))
        is_sure = resource.listed and not resource.listed.names and not resources.is_vain(resource.listed.operation)
        if resource.listed and (is_sure or not values):
            return Source(resource, resource.attribute, resource.listed)
        return self._constant(resource, Tuple(values), "As the access log has them.") if values else None

    def reference(self, operation: Operation, choices: Choices, name: str, shape: Shape) -> Expression | None:
        """A value for a property that names a resource; None for one that doesn't."""
        variable = snake(name)
        if shape.type not in ("integer", "string", "") or "enum" in shape.schema:
            return None
        if variable in choices.names:
            return Code(variable)
        for resource in self._resources.values():
            if resource.variables[-1] != variable or f"{operation.key}/{{}}" == resource.key:
                continue
            source = self.of(resource, writing=not operation.reads)
            if source is None:
                parameter = self._parameter_of(resource)
                return Code(self._alone(resource, parameter)) if resource.types[-1] == "int" else None
            if source.finding:
                choices.sources[source.name] = source
            return Code(f"random.choice({source.code}){'[-1]' if len(resource.variables) > 1 else ''}")
        return None

    def _constant(self, resource: Resource, value: Expression, comment: str) -> Source:
        name = resource.attribute.upper()
        self.constants[name] = Constant(value, comment)
        return Source(resource, name)

    def _values_logged(self, resource: Resource) -> Iterator[Expression]:
        """The values that an access log has for all parameters of a resource's path."""
        count = len(resource.variables)
        rows: dict[tuple[str, ...], None] = {}
        for key, found in self._logged.items():
            if key == resource.key or key.startswith(f"{resource.key}/"):
                rows |= dict.fromkeys(row[:count] for row in found)
        for row in rows:
            values = [_typed(text, kind) for text, kind in zip(row, resource.types, strict=True)]
            yield Tuple(values) if count > 1 else values[0]

    def _alone(self, resource: Resource, parameter: Parameter) -> str:
        """An expression for one parameter that neither an answer nor a log tells; Unbuildable where there is none."""
        shape = self._schemas.shape(parameter.schema)
        example = parameter.example if parameter.example is not ABSENT else example_of(shape.schema)
        if example is not ABSENT and not isinstance(example, (dict, list)):
            shown = Tuple([_in_path(example) if isinstance(example, str) else literal(example)])
            return f"random.choice({self._constant(resource, shown, 'As the specification shows it.').code})"
        if shape.type == "integer" and "enum" not in shape.schema:
            guess = guessed(shape.schema, _GUESSED)
            source = self._constant(resource, guess, "A guess: the specification doesn't tell which there are.")
            return f"random.choice({source.code})"
        told = {"enum", "const", "default"}.intersection(shape.schema) or str(shape.schema.get("format")).startswith("date")
        if shape.type == "string" and not told:
            only = "only what is made, with --writes," if resource.made else "nothing"
            raise Unbuildable(f"{only} tells which values {{{parameter.name}}} may have")
        value = Values(self._schemas).value(parameter.schema, parameter.name)
        value = value[0] if isinstance(value, list) and value else value
        return one_line(str(value).lower() if isinstance(value, bool) else value)

    def _parameter_of(self, resource: Resource) -> Parameter:
        """The parameter that asks for a resource."""
        for operation in self._operations:
            keys = resources.of(operation)
            if resource.key in keys:
                return operation.parameter(operation.path_parameters[keys.index(resource.key)])
        raise LookupError(resource.key)


def _adds(operation: Operation) -> bool:
    """Whether it adds one of several to what its path names, as a review to a book."""
    last = words(operation.own_path.rstrip("/").rpartition("/")[2])[-1:]
    return operation.method == "POST" and bool(last) and singular(last[0]) != last[0]


def _in_path(text: str) -> str:
    return _BORDERS.sub(lambda match: quote(match[0], safe=""), text)


def _typed(text: str, kind: str) -> Expression:
    return int(text) if kind == "int" and text.lstrip("-").isdigit() else text
