"""The answer of a sweep for people and programs: terminal, JSON, HTML."""

from loadcell.report.swept.page import render, write_html
from loadcell.report.swept.terminal import print_sweep
from loadcell.report.swept.words import document

__all__ = ["document", "print_sweep", "render", "write_html"]
