"""`python -m loadcell.library SCRIPT`: a script that uses Locust as a library, answered by ours from its first line."""

from gevent import monkey

monkey.patch_all()

# Nothing may be imported before the line above has run.
import os  # noqa: E402
import runpy  # noqa: E402
import sys  # noqa: E402

from loadcell.compat import modules  # noqa: E402


def main(words: list[str]) -> None:
    """Run a script, or a module after `-m`, as Python does; what it raises and its exit code are its own."""
    modules.install()
    if words[0] == "-m":
        sys.argv = words[1:]
        sys.path[0] = os.getcwd()
        runpy.run_module(words[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = words
        sys.path[0] = os.path.dirname(os.path.abspath(words[0]))
        runpy.run_path(words[0], run_name="__main__")


if __name__ == "__main__":
    main(sys.argv[1:])
