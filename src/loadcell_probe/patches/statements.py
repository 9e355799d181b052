"""What the patches of database drivers share: a statement's time, and which statements count."""

from __future__ import annotations

from typing import Any

from loadcell_probe.counters import Counters
from loadcell_probe.ledger import DB_EXEC, STATEMENTS, UNCOUNTED, enter, leave
from loadcell_probe.patches.wrapping import wrap

# They cost time, but aren't what a request asks for.
_OF_TRANSACTIONS = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "START")


def wrap_executing(counters: Counters, library: str, owner: Any, name: str) -> None:
    """See the statements that a driver's method executes; its first argument is the statement."""

    def begin(_: Any, query: Any, *__: Any, **___: Any) -> Any:
        return query, enter(DB_EXEC)

    def end(state: Any, _: Any, __: bool) -> None:
        query, entered = state
        nanoseconds = leave(entered, DB_EXEC)
        ledger = entered[0]
        if ledger is not None and ledger[UNCOUNTED]:
            return
        text = written(query)
        if ledger is not None and not text.lstrip().upper().startswith(_OF_TRANSACTIONS):
            ledger[STATEMENTS] += 1
        counters.statement(library, text, nanoseconds)

    wrap(counters, owner, name, begin, end)


def written(statement: Any) -> str:
    """Return a statement as text; one that is composed of parts stays unnamed."""
    if isinstance(statement, str):
        return statement
    if isinstance(statement, (bytes, bytearray)):
        return statement.decode("utf-8", "replace")
    return f"<{type(statement).__name__}>"
