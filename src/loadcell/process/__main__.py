"""The command line of one generator's process."""

from gevent import monkey

monkey.patch_all()

# Nothing may be imported before the line above has run.
import json  # noqa: E402
import os  # noqa: E402
import sys  # noqa: E402

from loadcell.generator.calibration import calibrate  # noqa: E402
from loadcell.process.descriptions import describe, print_preview, print_ratio  # noqa: E402
from loadcell.process.serving import serve  # noqa: E402


def _show_command(words: list[str]) -> None:
    """Let the scenario see the command line as it was typed, as if it had been Locust's."""
    if words:
        sys.argv = [word for place, word in enumerate(words) if (place, word) != (1, "run")]


def main(words: list[str]) -> int:
    """`--link FD --parent PID [--lease FD]` serves a controller; `--describe FILE`, `--preview FILE JSON` and
    `--ratio FILE JSON` print what it holds.

    After the first three comes the command line that a scenario finds in sys.argv. `--calibrate URL` prints what this
    process can do against a server that only answers.
    """
    if len(words) >= 4 and words[:4:2] == ["--link", "--parent"]:
        leased = words[4:5] == ["--lease"]
        _show_command(words[6:] if leased else words[4:])
        return serve(int(words[1]), int(words[3]), int(words[5]) if leased else None)
    if len(words) >= 2 and words[0] == "--describe":
        _show_command(words[2:])
        return describe(words[1])
    if len(words) >= 3 and words[0] == "--preview":
        _show_command(words[3:])
        return print_preview(words[1], json.loads(words[2]))
    if len(words) == 2 and words[0] == "--calibrate":
        print(json.dumps(calibrate(words[1])), flush=True)  # noqa: T201 - the command's result
        return 0
    if len(words) == 3 and words[0] == "--ratio":
        return print_ratio(words[1], json.loads(words[2]))
    sys.stderr.write("This process is started by loadcell: `loadcell run -f FILE -H URL`.\n")
    return 2


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    # Without waiting for threads that the user's code may have left behind.
    os._exit(code)
