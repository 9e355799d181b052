"""`make demo`: starts the shop on a free port, assesses it, and shows the verdict. Stops everything it started."""

import re
import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).resolve().parent
PROJECT = EXAMPLES.parent
REPORT = PROJECT / ".loadcell" / "demo.html"
LISTENING = re.compile(r"shop: listening on (http://\S+)")
OBJECTIVES = ("--objective", "p95 < 200ms", "--objective", "error_rate < 1%", "--objective", "recovery < 30s")
STOP_SECONDS = 20


def main() -> int:
    """Run the demonstration; returns the exit code of the assessment."""
    say("starting the example service (FastAPI and PostgreSQL) …")
    shop = subprocess.Popen([sys.executable, "-m", "shop", "--port", "0"], cwd=EXAMPLES, stdout=subprocess.PIPE, text=True)
    try:
        url = listening_url(shop)
        if url is None:
            say("the example service did not start; what it said is above")
            return 1
        say(f"it listens on {url}; how many customers does it carry? This takes two to three minutes")
        return assess(url)
    except KeyboardInterrupt:
        return 130
    finally:
        shop.terminate()
        try:
            shop.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            shop.kill()


def listening_url(shop: subprocess.Popen[str]) -> str | None:
    """The service's URL once it answers; None when it ends before."""
    assert shop.stdout is not None
    for line in shop.stdout:
        if found := LISTENING.match(line):
            return found[1]
    return None


def assess(url: str) -> int:
    REPORT.parent.mkdir(exist_ok=True)
    scenario = EXAMPLES / "locustfile.py"
    command = [sys.executable, "-m", "loadcell", "assess", "--quick", "-f", str(scenario), "-H", url, "--headless"]
    code = subprocess.run([*command, *OBJECTIVES, "--html", str(REPORT)], cwd=PROJECT).returncode
    say(f"the report, to be opened in a browser: {REPORT}")
    return code


def say(text: str) -> None:
    print(f"demo: {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
