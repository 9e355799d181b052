"""A comparison for people and programs: terminal, JSON, HTML, Markdown."""

from loadcell.report.compared.markdown import markdown
from loadcell.report.compared.page import render, write_html
from loadcell.report.compared.terminal import print_comparison
from loadcell.report.compared.words import document

__all__ = ["document", "markdown", "print_comparison", "render", "write_html"]
