"""SQLAlchemy, sync and async: waiting for a connection of a pool, how long one is held, and statements."""

from __future__ import annotations

import importlib
from typing import Any

from loadcell_probe.counters import Counters, Pool
from loadcell_probe.ledger import DB_EXEC, DB_WAIT, STATEMENTS, UNCOUNTED, enter, leave
from loadcell_probe.patches.pooling import Gets, wrap_connecting
from loadcell_probe.patches.wrapping import guarded, wrap

LIBRARY = "sqlalchemy"
ENTERED = "_loadcell_probe"  # an attribute of an execution's context


def apply(counters: Counters) -> None:
    """Listen to all engines, and patch the class of pools, whose objects come and go with `dispose`."""
    _statements(counters)
    pool: Any = importlib.import_module("sqlalchemy.pool").QueuePool

    def counted(queue_pool: Any) -> Pool:
        return counters.pool(queue_pool, LIBRARY, _figures)

    gets = Gets(DB_WAIT, counted)
    wrap(counters, pool, "_do_get", gets.begin, gets.end)
    wrap(counters, pool, "_do_return_conn", gets.give_back, _nothing)
    wrap_connecting(counters, pool, "_create_connection", counted)


def _figures(pool: Any) -> dict[str, int | None]:
    overflow = pool._max_overflow
    return {
        "size": pool.checkedin() + pool.checkedout(),
        "max": pool.size() + overflow if overflow >= 0 else None,
        "checked_out": pool.checkedout(),
    }


def _statements(counters: Counters) -> None:
    event: Any = importlib.import_module("sqlalchemy.event")
    engine: Any = importlib.import_module("sqlalchemy.engine").Engine

    def before(_connection: Any, _cursor: Any, _statement: str, _parameters: Any, context: Any, _many: bool) -> None:
        entered = enter(DB_EXEC)
        if entered[0] is not None:
            entered[0][UNCOUNTED] += 1
        setattr(context, ENTERED, entered)

    def after(_connection: Any, _cursor: Any, statement: str, _parameters: Any, context: Any, _many: bool) -> None:
        end(context, statement)

    def failed(error: Any) -> None:
        end(error.execution_context, error.statement or "")

    def end(context: Any, statement: str) -> None:
        entered = getattr(context, ENTERED, None)
        if entered is None:
            return
        setattr(context, ENTERED, None)
        nanoseconds = leave(entered, DB_EXEC)
        if entered[0] is not None:
            entered[0][UNCOUNTED] -= 1
            entered[0][STATEMENTS] += 1
        counters.statement(LIBRARY, statement, nanoseconds)

    for name, listener in (("before_cursor_execute", before), ("after_cursor_execute", after), ("handle_error", failed)):
        event.listen(engine, name, _with_arguments(counters, name, listener))


def _with_arguments(counters: Counters, name: str, listener: Any) -> Any:
    heard = guarded(counters, f"{LIBRARY} {name}", listener)
    # SQLAlchemy counts a listener's arguments.
    if name == "handle_error":
        return lambda error: heard(error)
    return lambda conn, cursor, statement, parameters, context, executemany: heard(
        conn, cursor, statement, parameters, context, executemany
    )


def _nothing(_: Any, __: Any, ___: bool) -> None:
    """What there is to note was noted before."""
