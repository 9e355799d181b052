"""What a table says while there is nothing in it."""

from __future__ import annotations

from nicegui import ui


def say_when_empty(table: ui.table, words: str) -> None:
    """`words` are the page's own: they are taken for markup."""
    table.add_slot("no-data", f'<div class="lc-none">{words}</div>')
