"""Writes scenarios: from a service's specification, from a recording, or one to begin with.

    source (URL, file, application) → parsing → references, schemas → operations
    operations + access log → logins, resources, values → planning → scenario (source)
    recording → exchanges → correlation → source

What is written is code that a person goes on with; nothing of Loadcell is needed to run it but its scenario API.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from loadcell.errors import UsageError
from loadcell.scaffold import access_logs, logins, operations, planning, recordings, replay, scenario, sources, starter
from loadcell.scaffold.references import References
from loadcell.scaffold.schemas import Schemas
from loadcell.scaffold.source_file import sentence
from loadcell.text import masked, one_line


@dataclass(frozen=True, slots=True)
class Written:
    """A scenario, and what there is to say about it."""

    source: str
    notes: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    """Variables of the environment that it needs."""
    address: str = ""
    """The words of the command that say where the service is; none where the scenario knows."""


def from_specification(
    named: str,
    *,
    file: str,
    host: str = "",
    writes: bool = False,
    access_log: Path | None = None,
    python: str = sys.executable,
) -> Written:
    """The scenario of a service by its OpenAPI document: a URL, a file or `module:app`. UsageError where there is none."""
    document, url = sources.load(named, python)
    references = References(document)
    try:
        schemas = Schemas(references)
        service = operations.read(document, references, url)
        starts = sources.is_application(named) and not host
        if starts or urlsplit(host).path.strip("/"):
            # An application that is started for the run answers at its own paths, wherever it is deployed.
            service = service.without_base_path()
        access = logins.find(service, schemas)
        traffic = None
        if access_log is not None:
            lines = sources.read_file(access_log, errors="replace").splitlines()
            traffic = access_logs.read(lines, service.operations, str(access_log))
        plan = planning.plan(service, schemas, access, writes=writes, traffic=traffic)
    except (ArithmeticError, AttributeError, IndexError, KeyError, RecursionError, TypeError, ValueError) as error:
        # Whatever a document may have in the wrong place; what is checked for each would be a validator of OpenAPI.
        raise UsageError(
            f"{masked(named)} is not what OpenAPI asks for: {type(error).__name__}: {error}",
            "A validator, such as openapi-spec-validator, says where.",
        ) from None
    elsewhere = _elsewhere(references)
    if not plan.steps:
        why = "; ".join([*elsewhere, *plan.reasons[:1]][:1])
        raise UsageError(f"{masked(named)} has no operation that can be asked for.", why)
    host = host.rstrip("/") or ("" if starts else service.host)
    address = "" if host else _address(named, python)
    first = f"Users of {service.title or 'the service'}, by its specification {masked(named)}."
    told = _told(first, file, address, access.variables)
    notes = [*_notes(plan, writes), *elsewhere]
    return Written(scenario.write(service.title, host, told, plan, access), tuple(notes), tuple(access.variables), address)


def from_recording(path: Path, *, file: str, host: str = "") -> Written:
    """The scenario that goes through a recording (HAR) again. UsageError where there is none."""
    recording = recordings.read(sources.read_file(path), str(path))
    host = host.rstrip("/") or recording.origin
    access = logins.Access()
    # Written twice: whoever reads the docstring wants to know the variables, which are known at the end.
    replay.write(recording, host, [""], access)
    told = _told(f"The way through {recording.origin} that {path.name} has recorded.", file, "", access.variables)
    requests = len(recording.exchanges)
    notes = [
        f"{requests} request{'s' * (requests != 1)}",
        *(f"left out: {n} {what}" for what, n in recording.left_out.items()),
    ]
    notes += recording.gaps
    return Written(replay.write(recording, host, told, access), tuple(notes), tuple(access.variables))


def to_begin_with(*, file: str, host: str = "") -> Written:
    """A small scenario with comments."""
    return Written(starter.source(host.rstrip("/"), sentence(file)))


def _address(named: str, python: str) -> str:
    """How a run finds a service whose specification names no host: an application is started for it."""
    if not sources.is_application(named) or named.endswith("()"):
        return "-H URL"
    return f"--app {named}" + ("" if python == sys.executable else f" --app-python {python}")


def _told(first: str, file: str, address: str, variables: Sequence[str]) -> list[str]:
    """The lines of a scenario's docstring."""
    needed = f", with {' and '.join(variables)} in the environment" if variables else ""
    return [sentence(first), "", f"Run it with: {sentence(' '.join(['loadcell', '-f', file, address]))}{needed}"]


def _elsewhere(references: References) -> list[str]:
    """What to do about a specification in several files, in one line; none where it is in one."""
    first = one_line(next(iter(references.elsewhere), ""))
    return [f"what {first} says isn't known: join the files, with 'redocly bundle' for one"] if first else []


def _notes(plan: planning.Plan, writes: bool) -> list[str]:
    tasks = sum(step.weight > 0 and step.enabled for step in plan.steps)
    notes = [f"{tasks} task{'s' * (tasks != 1)}"]
    commented = sum(not step.enabled for step in plan.steps)
    if commented and not writes:
        notes.append(f"{commented} that change data are commented out: --writes has them done")
    if plan.unseen:
        notes.append(f"{plan.unseen} operations are not in the access log, so nobody asks for them here")
    return notes + [f"left out: {reason}" for reason in plan.reasons]
