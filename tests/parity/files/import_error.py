"""A file that needs something that is not there."""
import nothing_of_this_name

PARITY = {"options": ["-t", "1"], "processes": [1]}
