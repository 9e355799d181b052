"""A scenario's file around its methods: docstring, imports, constants, helpers, the class. Pure."""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping, Sequence
from textwrap import wrap
from typing import Any

from loadcell.scaffold.python_code import INDENT, LINE, Expression, laid_out, quoted
from loadcell.text import one_line

CLASS, METHOD, DEEPER = (" " * level * INDENT for level in (1, 2, 3))
"""What a line begins with in a class, in a method, and in a block of a method."""
_MODULES = ("html", "json", "os", "random", "re", "string", "uuid")
_TIME_NAMES = ("UTC", "datetime", "timedelta")
_UNBROKEN: dict[str, Any] = {"break_long_words": False, "break_on_hyphens": False}
_HELPERS = {
    "letters": '''def letters(count: int) -> str:
    """So many capital letters, at random."""
    return "".join(random.choices(string.ascii_uppercase, k=count))
''',
    "digits": '''def digits(count: int) -> str:
    """So many digits, at random."""
    return "".join(random.choices(string.digits, k=count))
''',
    "values_of": '''def values_of(answer: Any, *names: str) -> list[Any]:
    """What is called so in an answer whose form the specification doesn't tell."""
    if isinstance(answer, list):
        return [value for one in answer for value in values_of(one, *names)]
    if not isinstance(answer, dict):
        return []
    own = [answer[name] for name in names if isinstance(answer.get(name), int | str)]
    return own[:1] or values_of(list(answer.values()), *names)
''',
    "field": '''def field(page: str, name: str) -> str:
    """The value of a form's field, or of a meta tag."""
    attribute = r"([\\w-]+)\\s*=\\s*([\\"']?)(.*?)\\2(?=[\\s/>])"
    for tag in re.findall(r"<(?:input|meta)\\b[^>]*>", page):
        found = {key: value for key, _, value in re.findall(attribute, tag)}
        if found.get("name") == name:
            return html.unescape(found.get("value") or found.get("content") or "")
    return ""
''',
}


def assembled(told: Sequence[str], constants: Sequence[str], body: str, commented: str = "") -> str:
    """A whole file: docstring, what the code needs to import, constants, the class. `commented` is code that is none yet."""
    helpers, sleeping = helpers_of(body), helpers_of(commented)
    asleep = [_commented_out(helper) for name, helper in sleeping.items() if name not in helpers]
    lines = imported(names_in("\n".join([*constants, *helpers.values(), body])))
    imports = [*(["\n".join(lines)] if lines else []), "from loadcell import HttpUser, between, task"]
    head = "\n\n".join([_docstring(told), *imports, *(["\n".join(constants)] if constants else []), *asleep])
    return "\n\n".join([f"{head}\n", *helpers.values(), f"{body}\n"])


def user_class(name: str, host: str, blocks: Sequence[Sequence[str]]) -> str:
    """The source of a class of users; each of the blocks is a method or a comment."""
    head = [f"class {name}(HttpUser):", *([f"{CLASS}host = {quoted(host)}"] if host else [])]
    head.append(f"{CLASS}wait_time = between(1, 5)")
    return "\n".join([*head, *("\n" + "\n".join(block) for block in blocks if block)])


def constants(credentials: Mapping[str, Expression], others: Mapping[str, tuple[Expression, str]]) -> list[str]:
    """The lines of a scenario's constants; the others have a comment each."""
    lines = [line for name, value in credentials.items() for line in laid_out(value, 0, f"{name} = ")]
    for name, (value, comment) in others.items():
        lines += [f"# {comment}", *laid_out(value, 0, f"{name} = ")]
    return lines


def helpers_of(code: str) -> dict[str, str]:
    """The functions of ours that code calls, each whole, by their names."""
    used = names_in(code)
    return {name: helper for name, helper in _HELPERS.items() if name in used}


def _commented_out(code: str) -> str:
    return "\n".join(f"# {line}" for line in code.splitlines())


def names_in(code: str) -> set[str]:
    """The names that code uses."""
    return {node.id for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Name)}


def imported(names: Collection[str]) -> list[str]:
    """The imports from the standard library for these names."""
    times = [name for name in _TIME_NAMES if name in names]
    lines = [f"import {name}" for name in _MODULES if name in names]
    lines += [f"from datetime import {', '.join(times)}"] if times else []
    lines += ["from typing import Any"] if "Any" in names else []
    return [*lines, "from urllib.parse import unquote"] if "unquote" in names else lines


def comment(text: str, indent: str, hang: str = "") -> list[str]:
    """A comment, in lines; what comes from a document can't end it."""
    return wrap(_visible(text), LINE, initial_indent=f"{indent}# ", subsequent_indent=f"{indent}# {hang}", **_UNBROKEN)


def sentence(text: str) -> str:
    """Text of a document as it may stand in a docstring."""
    return _visible(text).replace("\\", "/").replace('"', "'")


def _visible(text: str) -> str:
    """Text in one line without what would be written in another order than it is read, or not at all."""
    return "".join(character for character in one_line(text) if character.isprintable())


def _docstring(told: Sequence[str]) -> str:
    lines = [part for line in told for part in wrap(line, LINE - 3, **_UNBROKEN) or [""]]
    return f'"""{lines[0]}"""' if len(lines) == 1 else "\n".join([f'"""{lines[0]}', *lines[1:], '"""'])
