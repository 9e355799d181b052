"""The words of a `run`: which are Loadcell's, which are the scenario's own, and the help that shows both."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from loadcell.config import ABSENT, OPTIONS, Option, Raw, closest
from loadcell.errors import ConfigError, UsageError
from loadcell.surroundings.describe import Description

USAGE = "loadcell [run] -f FILE -H URL [options] [UserClass ...]"
_OUR_OWN = (
    "--runs-dir", "--rate", "--plan", "--stages", "--max-users", "--arrivals", "--junit", "--metrics-port", "--metrics-host",
    "--otlp",
)  # fmt: skip
"""Options that Locust does not have: they take no short form from one that it has, such as --run, and no name from one
of the scenario's own."""
_NEGATIVE_NUMBER = re.compile(r"-\d+(\.\d+)?|-\.\d+")


@dataclass(frozen=True, slots=True)
class Words:
    """A command line, taken apart."""

    flags: dict[str, Raw]
    """By option name: what was written for Loadcell."""
    arguments: tuple[str, ...]
    """What is the scenario's own, in order."""
    config_file: Path | None = None
    wanted: str = ""
    """`help`, `version` or `list` when that is all that is wanted."""


class _Formatter(argparse.HelpFormatter):
    """Flags and their help on one line, where a terminal of 80 columns allows it."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=32)


class Parser(argparse.ArgumentParser):
    """argparse that reports mistakes as UsageError and leaves output to its caller."""

    def error(self, message: str) -> NoReturn:
        """UsageError with argparse's message and where to read on."""
        raise UsageError(message, f"'{self.prog} --help' lists the options.")


def run_parser() -> Parser:
    """The parser of everything Loadcell itself knows about a run."""
    parser = Parser(
        prog="loadcell", usage=USAGE, add_help=False, argument_default=argparse.SUPPRESS, formatter_class=_Formatter
    )
    groups: dict[str, argparse._ArgumentGroup] = {}
    for option in OPTIONS.values():
        if option.group not in groups:
            groups[option.group] = parser.add_argument_group(option.group)
        _add(groups[option.group], option)
    other = groups["other"]
    other.add_argument("--config", metavar="FILE", help="read options from this file as well")
    other.add_argument("-l", "--list", action="store_true", help="print the scenario's user classes")
    other.add_argument("-V", "--version", action="store_true", help="print the version")
    other.add_argument("-h", "--help", action="store_true", help="print this help")
    for name, absent in ABSENT.items():
        if absent.default is False:
            parser.add_argument(f"--{name}", action="store_true", help=argparse.SUPPRESS)
        else:
            parser.add_argument(f"--{name}", help=argparse.SUPPRESS)
    return parser


def take_apart(words: Sequence[str], own: Callable[[dict[str, Raw], Path | None], Collection[str]]) -> Words:
    """The words of a `run`, sorted by whose they are.

    `own(flags, config file)` names the scenario's own options, without dashes. It is only asked when a word is in doubt:
    one that may be short for an option of ours, or a misspelt one. UsageError on what can't be read.
    """
    parser = run_parser()
    ours = [flag for action in parser._actions for flag in action.option_strings]
    piles = _sort(words, ours)
    read = _read(parser, piles.mine)
    if piles.doubtful or piles.misspelt:
        piles = _sort(words, ours, own(read.flags, read.config_file))
        read = _read(parser, piles.mine)
        if piles.misspelt:
            shown = [
                flag for action in parser._actions if action.help != argparse.SUPPRESS for flag in action.option_strings
            ]
            mistakes = [f"{word} is not an option{closest(word, shown)}" for word in piles.misspelt]
            raise ConfigError(mistakes, "'loadcell --help' lists the options.")
    return Words(read.flags, tuple(piles.theirs), read.config_file, read.wanted)


def help_text(scenario: str, description: Description | None) -> str:
    """The help of `run`, with the scenario's own options where they are known."""
    from loadcell.cli.main import VERBS

    parser = run_parser()
    if description and description.arguments:
        group = parser.add_argument_group(f"of {scenario} itself")
        known = {flag for action in parser._actions for flag in action.option_strings}
        for argument in description.arguments:
            if flags := [flag for flag in argument.flags if flag.startswith("-") and flag not in known]:
                text = argument.help.replace("%", "%%")
                if argument.metavar:
                    group.add_argument(*flags, metavar=argument.metavar, help=text)
                else:
                    group.add_argument(*flags, action="store_true", help=text)
    parser.description = "Puts load on a web service and says how much it carries. Runs Locust files unmodified."
    verbs = "\n".join(f"  {name:<10} {verb.help}" for name, verb in VERBS.items())
    text = parser.format_help()
    commands = f"commands ('loadcell COMMAND --help' says more):\n{verbs}\n"
    return text.replace("\nwhat to run:\n", f"\n{commands}\nwhat to run:\n", 1)


def _add(group: argparse._ArgumentGroup, option: Option) -> None:
    text = option.help
    if not option.flags:
        group.add_argument(option.name, nargs="*", metavar=option.metavar, help=text)
    elif option.kind == "flag":
        group.add_argument(*option.flags, dest=option.name, action="store_true", help=text)
    elif option.kind == "repeated":
        group.add_argument(*option.flags, dest=option.name, action="append", metavar=option.metavar, help=text)
    elif option.kind == "optional":
        group.add_argument(*option.flags, dest=option.name, nargs="?", const=True, metavar=option.metavar, help=text)
    else:
        nargs = "*" if option.kind == "list" else None
        group.add_argument(*option.flags, dest=option.name, nargs=nargs, metavar=option.metavar, help=text)


@dataclass(slots=True)
class _Piles:
    mine: list[str] = field(default_factory=list)
    theirs: list[str] = field(default_factory=list)
    """The scenario's own words."""
    doubtful: list[str] = field(default_factory=list)
    """Options among mine that may be the scenario's: they are not written out, or Locust does not have them."""
    misspelt: list[str] = field(default_factory=list)
    """Options among theirs that look like one of ours."""


def _sort(words: Sequence[str], ours: Collection[str], own: Collection[str] = ()) -> _Piles:
    """Whose each word is. A bare word goes with the option before it."""
    piles = _Piles()
    target = piles.mine
    for position, word in enumerate(words):
        if word == "--":
            piles.mine += words[position:]
            break
        if word.startswith("-") and word != "-" and not _NEGATIVE_NUMBER.fullmatch(word):
            flag = word.split("=", 1)[0] if word.startswith("--") else word[:2]
            name = flag.lstrip("-")
            target = piles.theirs
            if name in own:
                pass
            elif flag in ours:
                target = piles.mine
                if flag in _OUR_OWN:
                    piles.doubtful.append(flag)
            elif meant := [one for one in ours if one.startswith(flag) and one not in _OUR_OWN]:
                target = piles.mine
                piles.doubtful.append(flag)
                word = meant[0] + word.removeprefix(flag) if len(meant) == 1 else word
            elif not any(one.startswith(name) for one in own) and closest(flag, ours, cutoff=0.75):
                piles.misspelt.append(flag)
        target.append(word)
    return piles


def _read(parser: Parser, words: list[str]) -> Words:
    known, rest = parser.parse_known_args(words)
    flags: dict[str, Raw] = {name.replace("_", "-"): value for name, value in vars(known).items()}
    if rest:
        classes = flags.get("user-classes", [])
        flags["user-classes"] = [*(classes if isinstance(classes, list) else []), *(w for w in rest if w != "--")]
    wanted = next((name for name in ("help", "version", "list") if flags.pop(name, False)), "")
    config = flags.pop("config", None)
    return Words(flags, (), Path(str(config)).expanduser() if config else None, wanted)
