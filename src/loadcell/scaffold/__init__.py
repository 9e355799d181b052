"""Writes scenarios: code that a person goes on with."""
