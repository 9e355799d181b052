"""Nothing grows in a service with the probe in it, under 20 minutes of load: `make verify PART=probe-soak`.

Once a second it is read what a worker has in use: small objects' blocks, what the C library has handed out beside them,
resident memory, descriptors, threads. Exit code 1 when something grows. Speed is not measured, so other work on the machine
does no harm. A run that was interrupted begins anew: another process has other memory.
"""

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from tests.probe_cost.__main__ import kept, read, shown
from tests.probe_cost.estimates import slope

ROOT = Path(__file__).parents[2]
USERS = 16
WARM_UP = 1 / 4  # of the samples: caches, pools, tables of the probe that are of bounded size
LARGEST = {"blocks": 0.05, "handed_out": 4, "resident": 4}  # a request; a block is 16 bytes to 512
THINNED = 400  # samples for a slope; each is compared with each


def main() -> int:
    """Put load on the service, print a table, write it where asked, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.probe_soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--table", type=Path, help="also write the table to this file")
    options = parser.parse_args()
    samples = soaked(options.minutes * 60)
    rows = verdicts(samples)
    lines = [
        "| what | begin → end | a request, 95 % interval | |",
        "|---|---|---|---|",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]
    print("\n".join(lines))
    if options.table:
        options.table.parent.mkdir(parents=True, exist_ok=True)
        options.table.write_text("\n".join(lines) + "\n")
        options.table.with_suffix(".json").write_text(json.dumps(samples))
    return int(any(row[3] != "kept" for row in rows))


def soaked(seconds: float) -> list[dict[str, float]]:
    """Return a sample for each second of load."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    samples = []
    with tempfile.TemporaryDirectory() as directory:
        server = subprocess.Popen(
            [sys.executable, "-m", "uvicorn", "tests.probe_soak.service:app", "--port", str(port), "--log-level", "warning",
             "--no-access-log"],
            cwd=ROOT,
            env=os.environ | {"LOADCELL_PROBE_DIR": f"{directory}/probe"},
        )  # fmt: skip
        path = Path(directory) / "probe" / f"{server.pid}.sock"
        load = None
        try:
            while not path.exists():
                if server.poll() is not None:
                    sys.exit("The service could not be started.")
                time.sleep(0.05)
            load = subprocess.Popen(
                [sys.executable, "-m", "loadcell", "run", "-f", str(ROOT / "tests/probe_soak/scenario.py"), "--headless",
                 "-H", f"http://127.0.0.1:{port}", "-u", str(USERS), "-r", str(USERS), "-t", f"{seconds:.0f}s"],
                cwd=directory,
                stdout=subprocess.DEVNULL,
            )  # fmt: skip
            worker = psutil.Process(server.pid)
            while load.poll() is None:
                document = read(path)
                samples.append(
                    {
                        "requests": document["requests"]["finished"],
                        "blocks": document["memory"]["now"]["blocks"],
                        "handed_out": document["memory"]["now"]["malloc_bytes"],
                        "resident": worker.memory_info().rss,
                        "descriptors": worker.num_fds(),
                        "threads": worker.num_threads(),
                        "unseen": len(document["unseen"]),
                    }
                )
                time.sleep(1)
            if load.returncode != 0:
                sys.exit(f"The load ended with {load.returncode}.")
        finally:
            for process in (load, server):
                if process is not None:
                    process.terminate()
                    process.wait(30)
    return samples


def verdicts(samples: list[dict[str, float]]) -> list[tuple[str, str, str, str]]:
    """Judge what was read: rows of what, from where to where, the slope, and whether it is kept."""
    after = samples[int(len(samples) * WARM_UP) :]
    thinned = after[:: max(1, len(after) // THINNED)]
    requests = [sample["requests"] for sample in thinned]
    rows = []
    for name, what, unit, scale in (
        ("blocks", "blocks of small objects", "thousand", 1e3),
        ("handed_out", "other memory handed out", "MB", 1e6),
        ("resident", "resident memory", "MB", 1e6),
    ):
        found = slope(requests, [sample[name] for sample in thinned])
        rows.append(
            (
                f"{what}, {int(requests[-1] - requests[0]):,} requests",
                f"{samples[0][name] / scale:.1f}, {after[0][name] / scale:.1f} → {after[-1][name] / scale:.1f} {unit}",
                f"{shown(found, 4)}{' B' if unit == 'MB' else ''}",
                kept(found[1] <= 0 or found[2] <= LARGEST[name]),
            )
        )
    for name in ("descriptors", "threads"):
        most = [max(sample[name] for sample in half) for half in (after[: len(after) // 2], after[len(after) // 2 :])]
        rows.append((f"{name}, most in each half", f"{most[0]:.0f} → {most[1]:.0f}", "–", kept(most[1] <= most[0])))
    rows.append(("what the probe could not do", f"{samples[-1]['unseen']:.0f}", "–", kept(samples[-1]["unseen"] == 0)))
    return rows


if __name__ == "__main__":
    sys.exit(main())
