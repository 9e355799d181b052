"""What a Python file needs, as far as its text tells: modules, files that it names, variables that it reads.

Nothing is run.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

_ASKED = {"getenv", "get", "pop", "setdefault"}
"""Methods of os and os.environ whose first argument is a variable's name."""
_MAX_NAME = 255


@dataclass(slots=True)
class Needs:
    """What one file, or several together, need."""

    modules: set[str] = field(default_factory=set)
    """By their full names; the names imported from a package are among them, for they may be modules."""
    required: set[str] = field(default_factory=set)
    """The first parts of the names of those without which the file can't be loaded."""
    texts: set[str] = field(default_factory=set)
    """Strings that may name a file or a folder."""
    variables: set[str] = field(default_factory=set)
    """Environment variables that it reads."""

    def add(self, other: Needs) -> None:
        """Need what the other needs, too."""
        self.modules |= other.modules
        self.required |= other.required
        self.texts |= other.texts
        self.variables |= other.variables


def needs_of(source: bytes, package: str = "") -> Needs:
    """What a file needs that belongs to `package` (empty: to none). Nothing where it is not Python that can be read."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return Needs()  # What is wrong with it is said where it is loaded.
    reader = _Reader(package)
    reader.visit(tree)
    return reader.needs


class _Reader(ast.NodeVisitor):
    def __init__(self, package: str) -> None:
        self.needs = Needs()
        self._package = package
        self._optional = 0
        """How many blocks around bear an import that fails, or are carried out later if at all."""

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self._need(alias.name, alias.name)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        base = node.module or ""
        if node.level:
            parts = self._package.split(".") if self._package else []
            kept = parts[: len(parts) - node.level + 1]
            base = ".".join([*kept, *([base] if base else [])])
        if base:
            self._need(base, *([] if node.level else [base]))
        for alias in node.names:
            self._need(f"{base}.{alias.name}" if base else alias.name)

    def _need(self, module: str, *required: str) -> None:
        self.needs.modules.add(module)
        if not self._optional:
            self.needs.required |= {name.partition(".")[0] for name in required}

    def visit_Try(self, node: ast.Try) -> None:
        # Whoever catches something around an import goes on without it.
        self._optional += 1
        for statement in node.body:
            self.visit(statement)
        self._optional -= 1
        rest: list[ast.AST] = [*node.handlers, *node.orelse, *node.finalbody]
        for child in rest:
            self.visit(child)

    def visit_If(self, node: ast.If) -> None:
        # `if TYPE_CHECKING:` and the like.
        self._optional += 1
        self.generic_visit(node)
        self._optional -= 1

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._optional += 1
        self.generic_visit(node)
        self._optional -= 1

    visit_AsyncFunctionDef = visit_FunctionDef  # type: ignore[assignment]  # noqa: N815 - as ast calls it

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str) and 0 < len(node.value) <= _MAX_NAME and "\0" not in node.value:
            self.needs.texts.add(node.value)

    def visit_Call(self, node: ast.Call) -> None:
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if called in _ASKED and node.args and _is_about_environment(node.func):
            self._reads(node.args[0])
        for keyword in node.keywords:
            if keyword.arg == "env_var":
                self._reads(keyword.value)
        self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        if _is_environ(node.value):
            self._reads(node.slice)
        self.generic_visit(node)

    def _reads(self, name: ast.expr) -> None:
        if isinstance(name, ast.Constant) and isinstance(name.value, str):
            self.needs.variables.add(name.value)


def _is_about_environment(function: ast.expr) -> bool:
    if isinstance(function, ast.Name):
        return function.id == "getenv"
    return isinstance(function, ast.Attribute) and (function.attr == "getenv" or _is_environ(function.value))


def _is_environ(node: ast.expr) -> bool:
    return (node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")) == "environ"
