"""The most requests per second one core can send, beside the peers: 64 users without a wait against nginx."""

from typing import Any

from benchmarks import peers
from benchmarks.nginx import nginx_server
from benchmarks.peers import Load, Missing, Peer
from benchmarks.settings import Settings
from benchmarks.table import median, render, spread

USERS = 64
OURS, OURS_FAST = "loadcell HttpUser", "loadcell FastHttpUser"
GENERATORS: dict[str, Peer] = {
    OURS: peers.loadcell("get.py"),
    OURS_FAST: peers.loadcell("get_fast.py"),
    "wrk": peers.wrk,
    "hey": peers.hey,
    "k6": peers.k6,
    "Locust FastHttpUser": peers.locust("get_fast.py"),
    "Locust HttpUser": peers.locust("get.py"),
}
TARGETS = {"wrk": 0.45, "k6": 2.5, "Locust FastHttpUser": 6.0, "Locust HttpUser": 20.0}
"""What the rate of an HttpUser is to be, as a multiple of the peer's."""


def measure(settings: Settings) -> dict[str, Any]:
    """Requests per second by generator and round, rounds interleaved; and why a generator is missing."""
    rates: dict[str, list[float]] = {}
    missing: dict[str, str] = {}
    with nginx_server(settings.target_core) as url:
        load = Load(url, USERS, settings.seconds, 1000, settings.client_core)
        for number in range(settings.rounds):
            for name, generator in GENERATORS.items():
                if name in missing:
                    continue
                try:
                    rates.setdefault(name, []).append(generator(load).rps)
                except Missing as error:
                    missing[name] = str(error)
                    rates.pop(name, None)
                    settings.say(f"{name}: left out: {error}")
                else:
                    settings.say(f"round {number + 1}  {name:24}{rates[name][-1]:10,.0f}/s")
    return {"users": USERS, "seconds": settings.seconds, "rates": rates, "missing": missing}


def ratios(rates: dict[str, list[float]], ours: str, peer: str) -> list[float]:
    """Our rate over the peer's, round by round."""
    return [mine / other for mine, other in zip(rates[ours], rates[peer], strict=True)]


def tables(data: dict[str, Any]) -> str:
    """The rates and the ratios, with what they are to be."""
    rates: dict[str, list[float]] = data["rates"]
    found = [[name, median(each), spread(each), len(each)] for name, each in rates.items()]
    text = [render("Requests/s of one core, 64 users without a wait", ["generator", "median", "range", "rounds"], found)]
    rows = []
    for ours in (OURS, OURS_FAST):
        for peer in rates:
            if ours in rates and peer not in (OURS, OURS_FAST):
                each = ratios(rates, ours, peer)
                target = TARGETS.get(peer) if ours == OURS else None
                rows.append([f"{ours} / {peer}", median(each), f"{min(each):.2f} - {max(each):.2f}", target])
    text.append(render("Ratio, round by round", ["ratio", "median", "range", "at least"], rows))
    text += [f"left out: {name}: {reason}" for name, reason in data["missing"].items()]
    return "\n".join(text)
