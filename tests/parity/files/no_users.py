"""A file without a user class."""

PARITY = {"options": ["-t", "1"], "processes": [1]}
