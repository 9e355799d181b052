"""`python -m benchmarks [PART …]`: measures, prints tables, keeps figures as JSON. The parts are below."""

import argparse
import json
from types import ModuleType

from benchmarks import accuracy, distributed, start, starts, throughput, users
from benchmarks.machine import ROOT, facts
from benchmarks.settings import Settings

PARTS: dict[str, ModuleType] = {
    "throughput": throughput,
    "users": users,
    "accuracy": accuracy,
    "start": start,
    "open": starts,
    "distributed": distributed,
}


def main() -> None:
    """Run the parts one after the other."""
    known = Settings()
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)} (default: all)")
    parser.add_argument(
        "--rounds", type=int, default=known.rounds, help="rounds of throughput and open (default: %(default)s)"
    )
    parser.add_argument("--seconds", type=float, default=known.seconds, help="per measurement (default: %(default)s)")
    parser.add_argument("--users", type=int, default=known.users, help="users of the part `users` (default: %(default)s)")
    options = parser.parse_args()
    unknown = sorted(set(options.parts) - set(PARTS))
    if unknown:
        parser.error(f"unknown part: {', '.join(unknown)} (there are: {', '.join(PARTS)})")
    settings = Settings(options.rounds, options.seconds, options.users)
    for name in options.parts or PARTS:
        _measure(name, PARTS[name], settings)


def _measure(name: str, part: ModuleType, settings: Settings) -> None:
    about = facts()
    try:
        data = part.measure(settings)
    except FileNotFoundError as error:
        print(f"\n{name}: left out: {error}")
        return
    print(part.tables(data), flush=True)
    folder = ROOT / ".make" / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{about['date'][:19].replace(':', '')}-{name}.json"
    file.write_text(json.dumps({"part": name, **about, "measured": data}, indent=1) + "\n")
    where = f"{about['cores']} cores, {about['busy_before_percent']:.0f} % of them busy before"
    print(f"{about['date']}, commit {about['commit']}, {where}; kept in {file.relative_to(ROOT)}", flush=True)


if __name__ == "__main__":
    main()
