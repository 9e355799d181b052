"""`python -m tests.target`."""

from tests.target.server import main

main()
