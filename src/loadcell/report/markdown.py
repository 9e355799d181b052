"""The pieces that Markdown documents are made of: names and texts are text in them, whatever they contain."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from loadcell.text import one_line

_LITERAL = str.maketrans(
    {
        **{character: f"\\{character}" for character in "\\`*_[]|#~"},
        "&": "&amp;",
        "<": "&lt;",
        ">": "&gt;",
        # A name that looks like a person must call nobody.
        "@": "@\u200b",
        # What stands between two of them would be a formula.
        "$": "<span>$</span>",
    }
)


def escaped(text: str) -> str:
    """Text that Markdown takes literally, in a table as well."""
    # What looks like an address must become no link.
    return one_line(text).translate(_LITERAL).replace("://", ":\u200b//").replace("www.", "www\u200b.")


def table(
    words: Sequence[str], figures: Sequence[str], rows: Iterable[Sequence[str]], last: Sequence[str] = ()
) -> list[str]:
    """The lines of a table: columns of words, columns of figures, and once more words; `rows` are not escaped yet."""
    headings = [*words, *figures, *last]
    kinds = ["---"] * len(words) + ["--:"] * len(figures) + ["---"] * len(last)
    lines = [_row(headings), f"|{'|'.join(kinds)}|"]
    return lines + [_row([escaped(cell) for cell in row]) for row in rows]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
