"""A bare microbenchmark: any client script against nginx, with wrk beside it.

python -m benchmarks.hotpath my_client.py      # is called as: taskset -c 1 python my_client.py URL SECONDS

The script prints its requests per second as the last number of its output.
"""

import argparse
import re
import subprocess
import sys

from benchmarks.nginx import nginx_server


def wrk_rps(url: str, seconds: int, *, connections: int = 64, core: int = 1) -> float:
    """Requests per second of wrk with one thread on one core."""
    command = ["taskset", "-c", str(core), "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", url]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.search(r"Requests/sec:\s*([\d.]+)", output)
    if found is None:
        raise RuntimeError(f"wrk printed no rate: {output}")
    return float(found[1])


def script_rps(script: str, url: str, seconds: int, *, core: int = 1) -> float:
    """Requests per second as printed by a Python script: the last number of its output."""
    command = ["taskset", "-c", str(core), sys.executable, script, url, str(seconds)]
    output = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=seconds + 30).stdout
    numbers = re.findall(r"\d+(?:\.\d+)?", output)
    if not numbers:
        raise RuntimeError(f"{script} printed no number")
    return float(numbers[-1])


def main() -> None:
    """Print the rate of wrk, of the script, and their ratio, round by round."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("script", nargs="?", help="the client script; without it only wrk is measured")
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with nginx_server() as url:
        for _ in range(options.rounds):
            wrk = wrk_rps(url, options.seconds)
            line = f"wrk {wrk:9.0f}/s"
            if options.script:
                ours = script_rps(options.script, url, options.seconds)
                line += f"   script {ours:9.0f}/s   ratio {ours / wrk:.3f}"
            print(line, flush=True)


if __name__ == "__main__":
    main()
