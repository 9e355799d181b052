"""From all sources to one RunConfig. Later sources win; every mistake in any of them is reported, all at once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from loadcell.config import courses
from loadcell.config.files import ConfigFileError, Section, read_config, read_defaults
from loadcell.config.options import ABSENT, OPTIONS, Absent, Option, RunConfig
from loadcell.config.values import FALSE
from loadcell.errors import ConfigError
from loadcell.objectives import contradictions, split_objectives, wrong_way_round

Raw = str | bool | list[str]
"""A value as its source gives it; numbers are text."""

_BY_NAME = {
    name: (field_name, option) for field_name, option in OPTIONS.items() for name in (option.name, option.alias) if name
}


@dataclass(frozen=True, slots=True)
class Settled:
    """A configuration and what its reader should be told about it."""

    config: RunConfig
    warnings: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where values come from, beside the command line's options."""

    env: Mapping[str, str]
    folder: Path
    home: Path
    config_file: Path | None = None
    """The file of `--config`."""


@dataclass(frozen=True, slots=True)
class _Given:
    """One value from one source."""

    name: str
    raw: Raw
    told: str
    """How a mistake names the value and its source."""


@dataclass(slots=True)
class _Findings:
    given: list[_Given] = field(default_factory=list)
    strangers: list[tuple[Section, str, Raw]] = field(default_factory=list)
    """Keys of files that are no option of ours."""
    mistakes: list[str] = field(default_factory=list)


def settle(
    flags: Mapping[str, Raw],
    sources: Sources,
    *,
    arguments: tuple[str, ...] = (),
    own: Callable[[], Collection[str]] = frozenset,
) -> Settled:
    """The configuration that `flags` (by option name) and the other sources give; `arguments` are the scenario's words.

    `own` names the scenario's own options, without dashes; it is only asked when a file has a key that is not ours.
    ConfigError carries all mistakes.
    """
    findings = _collect(flags, sources)
    mistakes = findings.mistakes
    ignored: dict[str, list[str]] = {}
    values: dict[str, Any] = {}
    unasked = _unasked(flags)
    for given in findings.given:
        if given.name in unasked:
            continue
        if given.name in ABSENT:
            absent = ABSENT[given.name]
            if _is_off(absent, given.raw):
                continue
            if absent.refused:
                mistakes.append(f"{given.told} {absent.why}")
            else:
                ignored.setdefault(absent.why, []).append(given.told.removesuffix(":"))
            continue
        field_name, option = _BY_NAME[given.name]
        value, wrong = _parsed(option, given.raw)
        mistakes += (f"{given.told} {what}" for what in wrong)
        if not wrong:
            values[field_name] = value
    if findings.strangers:
        arguments = (*_own_arguments(findings.strangers, own(), mistakes), *arguments)
    set_by_sources = frozenset(values)
    if "rate" in values or any(step.is_rate for step in values.get("stages", ())):
        # In the open model users are made as they are needed; those that are asked for are there within the first second.
        values.setdefault("users", 0)
        values.setdefault("spawn_rate", max(1.0, float(values["users"])))
    config = RunConfig(**values, given=set_by_sources, arguments=arguments)
    if config.csv_full_history and not config.csv_prefix:
        mistakes.append("--csv-full-history needs --csv PREFIX")
    for name in ("agent_token_file", "agent_ca"):
        if getattr(config, name) is not None and not config.agents and not mistakes:
            mistakes.append(f"{OPTIONS[name].told} needs --agent HOST:PORT")
    if config.abort_on_fail and "objectives" not in values and not mistakes:
        mistakes.append("--abort-on-fail needs an objective: --objective 'p95 < 300ms'")
    for name in ("nodes", "on_node_loss"):
        if name in values and config.cluster is None and not mistakes:
            mistakes.append(f"{OPTIONS[name].told} needs --cluster ADDRESS")
    if "metrics_host" in values and config.metrics_port is None:
        mistakes.append("--metrics-host needs --metrics-port PORT")
    mistakes += contradictions(config.objectives)
    mistakes += courses.mistakes(config)
    if mistakes:
        raise ConfigError(mistakes)
    warnings = [f"{', '.join(told)}: {why} (ignored)" for why, told in ignored.items()]
    warnings += wrong_way_round(config.objectives)
    if config.stages and "users" in set_by_sources and config.course and config.course.model == "closed":
        warnings.append("--users without effect: --stages says how many there are")
    if config.reset_stats and config.course:
        config = replace(config, reset_stats=False)
        warnings.append("--reset-stats without effect: the figures of each stage are told apart")
    return Settled(config, warnings)


def _unasked(flags: Mapping[str, Raw]) -> set[str]:
    """Of an application and a host the one that the command line does not name while it names the other: whatever files and
    variables say, that is not what is to be tested."""
    named = {"app", "host"} & set(flags)
    return {"app", "host"} - named if named else set()


def settle_one(field_name: str, flags: Mapping[str, Raw], sources: Sources) -> Any:
    """The value of one option, whatever is wrong with the others. ConfigError if it is wrong itself."""
    option = OPTIONS[field_name]
    value = getattr(RunConfig(), field_name)
    for given in _collect(flags, sources).given:
        if _BY_NAME.get(given.name, ("", None))[1] is option:
            value, wrong = _parsed(option, given.raw)
            if wrong:
                raise ConfigError([f"{given.told} {what}" for what in wrong])
    return value


def closest(word: str, words: Collection[str], cutoff: float = 0.6) -> str:
    """'; did you mean …?' with the most similar of `words`, or nothing."""
    import difflib

    near = difflib.get_close_matches(word, words, n=1, cutoff=cutoff)
    return f"; did you mean {near[0]}?" if near else ""


def _collect(flags: Mapping[str, Raw], sources: Sources) -> _Findings:
    """All values of all sources, the weakest first."""
    findings = _Findings()
    try:
        sections = read_defaults(sources.folder, sources.home)
        if sources.config_file:
            sections.append(read_config(sources.config_file))
    except ConfigFileError as error:
        sections = []
        findings.mistakes.append(str(error))
    for section in sections:
        for key, raw in section.values.items():
            name = key.replace("_", "-")
            if name in _BY_NAME or name in ABSENT:
                findings.given.append(_Given(name, raw, _told(name, f"in {section.where} {key}", f" = {_shown(raw)}")))
            else:
                findings.strangers.append((section, key, raw))
    findings.given += _from_environment(sources.env)
    findings.given += (_Given(name, raw, _flag_told(name, raw)) for name, raw in flags.items())
    return findings


def _from_environment(env: Mapping[str, str]) -> Iterator[_Given]:
    for option in OPTIONS.values():
        for variable in (option.env, option.own_env):
            # An empty variable is how container files and CI systems leave one out.
            if text := env.get(variable, "").strip():
                listed = option.kind == "list" and text.startswith("[") and text.endswith("]")
                raw: Raw = [item.strip() for item in text[1:-1].split(",") if item.strip()] if listed else text
                raw = split_objectives(text) if option.kind == "repeated" else raw
                yield _Given(option.name, raw, _told(option.name, variable, f"={text!r}"))
    for name, absent in ABSENT.items():
        if env.get(absent.env):
            yield _Given(name, env[absent.env], f"{absent.env}={env[absent.env]!r}:")


def _is_off(absent: Absent, raw: Raw) -> bool:
    """Whether a switch that Loadcell lacks is turned off: then the run is the one that was asked for."""
    return absent.default is False and str(raw).lower() in FALSE


def _own_arguments(strangers: list[tuple[Section, str, Raw]], own: Collection[str], mistakes: list[str]) -> Iterator[str]:
    """Keys of a file that belong to the scenario, as words of a command line; the others are mistakes."""
    for section, key, raw in strangers:
        name = key if key in own else key.replace("_", "-")
        if name not in own:
            mistakes.append(f"in {section.where} {key} is not an option{closest(name, _BY_NAME)}")
        elif isinstance(raw, bool):
            yield from [f"--{name}"] if raw else []
        elif isinstance(raw, list):
            yield from (f"--{name}", *raw)
        else:
            yield f"--{name}={raw}"


def _told(name: str, where: str, value: str) -> str:
    """How a mistake names a value; an item of a list of texts is shown by the mistake itself."""
    return f"{where}{'' if name in _BY_NAME and _BY_NAME[name][1].kind == 'repeated' else value}:"


def _parsed(option: Option, raw: Raw) -> tuple[Any, list[str]]:
    """The value, and what is wrong with it."""
    if option.kind != "repeated" or isinstance(raw, bool):
        try:
            return _one_parsed(option, raw), []
        except ValueError as error:
            return None, [str(error)]
    items, wrong = [], []
    for text in raw if isinstance(raw, list) else [raw]:
        try:
            items.append(option.parse(text))
        except ValueError as error:
            wrong.append(str(error))
    return tuple(dict.fromkeys(items)), wrong


def _one_parsed(option: Option, raw: Raw) -> Any:
    if option.kind == "list":
        items = raw if isinstance(raw, list) else [str(raw)]
        if not option.flags:
            items = [word for item in items for word in item.split()]
        return tuple(option.parse(item) for item in items)
    if isinstance(raw, list) and option.parse is courses.stages:
        raw = ", ".join(raw)
    if isinstance(raw, list):
        raise ValueError("takes one value, not a list")
    if isinstance(raw, bool):
        if option.kind == "flag":
            return raw
        if option.kind == "optional":
            return "" if raw else None
        raise ValueError("takes a value, not true or false")
    return option.parse(raw)


def _flag_told(name: str, raw: Raw) -> str:
    option = _BY_NAME[name][1] if name in _BY_NAME else None
    if isinstance(raw, bool):
        return f"--{name}:"
    if option is not None and option.kind == "repeated":
        return f"{option.told}:"
    shown = " ".join(repr(item) for item in raw) if isinstance(raw, list) else repr(raw)
    return f"--{name} {shown}"


def _shown(raw: Raw) -> str:
    return str(raw).lower() if isinstance(raw, bool) else repr(raw)
