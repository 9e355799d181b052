"""A file that needs something that is not there."""

PARITY = {"options": ["-t", "1"], "processes": [1]}
