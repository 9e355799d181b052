"""What a Python program calls: runs started from scripts, notebooks and tests, and stored ones, as `Result`s.

The command line's twin: beside `cli`, and like it the top of everything. `loadcell` itself hands these names out on first
use, for it is also what scenarios import, in processes where nothing of this may be.
"""

from loadcell.facade.comparing import compare_runs
from loadcell.facade.result import Result
from loadcell.facade.running import assess, run
from loadcell.facade.stored import open_run

__all__ = ["Result", "assess", "compare_runs", "open_run", "run"]
