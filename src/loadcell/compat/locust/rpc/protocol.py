"""What a listener of a message gets."""

from loadcell.compat.locust.runners import Message

__all__ = ["Message"]
