"""What people and programs read of a run: RunReader → document, terminal, JSON, CSV, HTML, JUnit."""

from loadcell.report.csv_files import write_csv
from loadcell.report.document import document
from loadcell.report.html import write_html
from loadcell.report.junit import write_junit
from loadcell.report.locust_json import locust_json
from loadcell.report.output import write_json, write_locust_json
from loadcell.report.terminal import print_summary

__all__ = [
    "document",
    "locust_json",
    "print_summary",
    "write_csv",
    "write_html",
    "write_json",
    "write_junit",
    "write_locust_json",
]
