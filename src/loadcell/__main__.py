"""`python -m loadcell` is the command `loadcell`."""

import sys

from loadcell.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
