"""The answer of a sweep for people and programs: terminal, JSON, HTML, Markdown."""

from loadcell.report.swept.markdown import markdown
from loadcell.report.swept.page import render, write_html
from loadcell.report.swept.terminal import print_sweep
from loadcell.report.swept.words import document

__all__ = ["document", "markdown", "print_sweep", "render", "write_html"]
