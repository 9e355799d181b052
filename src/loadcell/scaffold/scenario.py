"""A plan → the scenario's source, as a person would have written it. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from textwrap import dedent

from loadcell.scaffold.logins import Access
from loadcell.scaffold.naming import is_builtin, snake, user, words
from loadcell.scaffold.operations import Operation
from loadcell.scaffold.planning import Plan, Step
from loadcell.scaffold.python_code import INDENT, LINE, Call, Code, Tuple, laid_out, one_line, quoted
from loadcell.scaffold.resources import Finding
from loadcell.scaffold.source_file import (
    CLASS,
    DEEPER,
    METHOD,
    assembled,
    comment,
    constants,
    helpers_of,
    imported,
    names_in,
    sentence,
    user_class,
)
from loadcell.scaffold.sourcing import Source

_ROOT = Call("self.client.get", ["/"])
_WRITES = ("What follows changes data. Take away the # where that does no harm, or let 'loadcell init --writes' write it.",)


def write(title: str, host: str, told: Sequence[str], plan: Plan, access: Access) -> str:
    """The source of a scenario. `told` are the lines of its docstring."""
    names = {step.operation: step.name for step in plan.steps}
    learnt = {name for step in plan.steps for name in step.stores}
    enabled = [step for step in plan.steps if step.enabled]
    others = [step for step in plan.steps if not step.enabled]
    blocks = [_on_start(plan, access)]
    if access.log_in:
        blocks.append([f"{CLASS}def log_in(self) -> None:", *access.log_in])
    blocks += [list(_method(step, names, learnt)) for step in enabled]
    if not any(step.weight for step in enabled):
        blocks.append([f"{CLASS}@task", f"{CLASS}def look_around(self) -> None:", *laid_out(_ROOT, 2 * INDENT)])
    commented = [list(_method(step, names, learnt)) for step in others]
    if commented:
        missing = _missing(commented, blocks)
        blocks.append([line for told in (*_WRITES, *missing) for line in comment(told, CLASS)])
        blocks += [[f"{CLASS}# {line.removeprefix(CLASS)}" for line in block] for block in commented]
    if plan.left_out:
        reasons = [line for reason in plan.reasons for line in comment(f"- {reason}.", CLASS, "  ")]
        blocks.append([f"{CLASS}# Left out:", *reasons])
    name = "ApiUser" if title == "FastAPI" else user(title)
    guessed = {name: (one.value, one.comment) for name, one in plan.constants.items()}
    return assembled(told, constants(access.constants, guessed), user_class(name, host, blocks), _code(commented))


def _on_start(plan: Plan, access: Access) -> list[str]:
    """The method that logs in and makes room for what is learnt."""
    lines = [f"{METHOD}{line}" for line in access.on_start]
    for step in plan.steps:
        for name, source in step.stores.items():
            kinds = ", ".join(source.resource.types)
            line = f"self.{name}: list[{f'tuple[{kinds}]' if len(source.resource.types) > 1 else kinds}] = []"
            lines.append(f"{METHOD}{line if step.enabled else f'# {line}'}")
    if lines and all(line.lstrip().startswith("#") for line in lines):
        lines.append(f"{METHOD}pass")
    return [f"{CLASS}def on_start(self) -> None:", *lines] if lines else []


def _code(blocks: Sequence[Sequence[str]]) -> str:
    """The methods of a class, by themselves."""
    return dedent("\n".join(line for block in blocks for line in block))


def _missing(commented: Sequence[Sequence[str]], blocks: Sequence[Sequence[str]]) -> list[str]:
    """What commented code needs besides what the other code does."""
    have, needed = (_imports(_code(one)) for one in (blocks, commented))
    lost = [line for line in needed if line not in have]
    lost += [f"{name}(), above" for name in helpers_of(_code(commented)) if name not in helpers_of(_code(blocks))]
    return [f"It also needs: {'; '.join(lost)}"] if lost else []


def _imports(code: str) -> list[str]:
    return imported(names_in("\n".join([code, *helpers_of(code).values()])))


def _method(step: Step, names: Mapping[Operation, str], learnt: Collection[str]) -> Iterator[str]:
    """The lines of one method. `learnt` are the attributes that steps fill."""
    if step.weight:
        yield f"{CLASS}@task({step.weight})" if step.weight > 1 else f"{CLASS}@task"
    yield f"{CLASS}def {step.name}(self) -> None:"
    if told := _told(step):
        yield f'{METHOD}"""{told}"""'
    for name, source in step.choices.sources.items():
        assert source.finding is not None
        yield f"{METHOD}if not self.{name}:"
        yield f"{DEEPER}self.{names[source.finding.operation]}()"
        yield f"{DEEPER}return"
    for variables, expression in step.choices.variables:
        yield f"{METHOD}{', '.join(variables)} = {expression}"
    yield from laid_out(step.call, 2 * INDENT, "response = " if step.stores else "")
    gone = step.choices.used_up
    if gone and gone.attribute in learnt:
        one = one_line(Tuple([Code(name) for name in gone.variables])) if len(gone.variables) > 1 else gone.variables[0]
        yield f"{METHOD}if {one} in self.{gone.attribute}:"
        yield f"{DEEPER}self.{gone.attribute}.remove({one})"
    if step.stores:
        yield f"{METHOD}if response.ok:"
        for source in step.stores.values():
            yield from _store(source, step)


def _store(source: Source, step: Step) -> Iterator[str]:
    """What is learnt from an answer, in one line if there is room, else in two."""
    resource, finding = source.resource, source.finding
    assert finding is not None
    way = "response.json()" + "".join(f"[{quoted(key)}]" for key in finding.keys)
    above = "".join(f"{variable}, " for variable in resource.variables[:-1])
    if finding.names:
        yield from _store_untold(source, finding, above)
        return
    if finding is resource.made:
        found, before, after = "made", f"{source.code}.append({'(' if above else ''}{above}", f"{')' if above else ''})"
    elif not above and not finding.field:
        found, before, after = "found", f"{source.code} = ", ""
    else:
        taken = resource.noun in step.choices.names or is_builtin(resource.noun) or snake(resource.noun) != resource.noun
        one = "one" if taken else resource.noun
        value = f"{one}[{quoted(finding.field)}]" if finding.field else one
        found, before, after = "found", f"{source.code} = [{f'({above}{value})' if above else value} for {one} in ", "]"
    line = f"{DEEPER}{before}{way}{after}"
    if len(line) > LINE:
        yield f"{DEEPER}{found} = {way}"
        line = f"{DEEPER}{before}{found}{after}"
    yield line


def _store_untold(source: Source, finding: Finding, above: str) -> Iterator[str]:
    """The same of an answer of which the specification says nothing."""
    values = Call("values_of", [Code("response.json()"), *finding.names])
    change, first = ("+=", "[:1]") if finding is source.resource.made else ("=", "")
    if not above:
        yield from laid_out(values, 3 * INDENT, f"{source.code} {change} ", first)
        return
    yield from laid_out(values, 3 * INDENT, "found = ", first)
    yield f"{DEEPER}{source.code} {change} [({above}one) for one in found]"


def _told(step: Step) -> str:
    """The first sentence of its description, where that says more than the method's name."""
    told = sentence(re.split(r"(?<=[.!?])\s|\n", step.operation.summary.strip())[0])
    if "".join(words(told)) == "".join(words(step.name)) or len(told) > LINE - 2 * INDENT - 7:
        return ""
    return told if not told or told[-1] in ".!?" else f"{told}."
