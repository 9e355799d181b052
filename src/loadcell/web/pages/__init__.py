"""What a browser shows: each page builds its elements once and changes them in place, once a second."""

from loadcell.web.pages.site import add_pages

__all__ = ["add_pages"]
