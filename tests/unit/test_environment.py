"""What differs between what two runs were made on."""

from __future__ import annotations

from typing import Any

from loadcell.environment import differences, environment_lines

TARGET: dict[str, Any] = {
    "address": "127.0.0.1", "port": 8000, "path": "loopback", "pid": 7, "server": "uvicorn", "workers": 2, "cores": 2,
    "command": "uvicorn app:app --port 8000 --workers 2", "versions": {"uvicorn": "0.34.0", "fastapi": "0.115.0"},
    "git_revision": "a" * 40, "python": "3.11.2",
}  # fmt: skip
GENERATOR: dict[str, Any] = {"cores": 4, "memory_mb": 16000, "python": "3.11.2", "versions": {"loadcell": "0.1.0"}}


def environment(generator: dict[str, Any] | None = None, **target: Any) -> dict[str, dict[str, Any]]:
    return {"generator": {**GENERATOR, **(generator or {})}, "target": {**TARGET, **target}}


def test_equal_ones_do_not_differ() -> None:
    assert differences(environment(), environment()) == []


def test_how_well_the_clock_of_an_agent_is_known_is_no_difference() -> None:
    one, other, larger = (
        environment(agents={"web1:8900": {"cores": cores, "clock_error_ms": error}})
        for cores, error in ((4, 0.2), (4, 0.7), (8, 0.2))
    )
    assert differences(one, other) == []
    assert differences(one, larger) == ["target agents web1:8900 cores: 4 → 8"]


def test_machines_of_a_cluster_are_named_and_their_addresses_are_no_difference() -> None:
    def cluster(cores: int, port: int, number: int = 2) -> dict[str, dict[str, Any]]:
        machine = {"cores": cores, "processes": 1}
        return environment({"nodes": {f"web{n}": {**machine, "address": f"tcp://web{n}:{port}"} for n in range(number)}})

    assert differences(cluster(4, 1000), cluster(4, 2000)) == []
    assert differences(cluster(4, 1000), cluster(8, 1000)) == [
        "generator nodes web0 cores: 4 → 8",
        "generator nodes web1 cores: 4 → 8",
    ]
    controller, machines, _ = environment_lines(cluster(4, 1000))
    assert controller.startswith("Controller: Python 3.11.2, 4 cores")
    assert machines == "Machines: web0 (4 cores, 1 generator), web1 (4 cores, 1 generator)"
    assert environment_lines(cluster(4, 1000, 9))[1].endswith("web5 (4 cores, 1 generator), and 3 more")


def test_what_is_other_each_time_is_no_difference() -> None:
    again = environment(
        {"memory_mb": 16010}, pid=8, port=9000, command="uvicorn app:app --port 9000 --workers 2", address="127.0.0.2"
    )
    assert differences(environment(), again) == []


def test_each_difference_is_told() -> None:
    other = environment(
        {"cores": 8},
        workers=4,
        command="uvicorn app:app --port 8000 --workers 4",
        versions={"uvicorn": "0.35.0", "fastapi": "0.115.0"},
        git_revision=f"{'b' * 40}+c0ffee",
    )
    assert differences(environment(), other) == [
        "generator cores: 4 → 8",
        "target workers: 2 → 4",
        "target command: uvicorn app:app --port 8000 --workers 2 → uvicorn app:app --port 8000 --workers 4",
        "target uvicorn: 0.34.0 → 0.35.0",
        "target git revision: aaaaaaaaaa → bbbbbbbbbb+c0ffee",
    ]


def test_what_only_one_knows_does_not_count() -> None:
    assert differences(environment(), {"generator": {}, "target": {}}) == []
    assert differences({"generator": {}, "target": {"loop": "uvloop"}}, environment()) == []


def test_round_trips_differ_when_they_differ_much() -> None:
    near, far = environment(round_trip_ms=1.0), environment(round_trip_ms=2.5)
    assert differences(near, far) == ["target round trip ms: 1.0 → 2.5"]
    assert differences(near, environment(round_trip_ms=1.4)) == []


def test_the_lines_name_what_matters() -> None:
    assert environment_lines(environment()) == [
        "Generator: Python 3.11.2, 4 cores, 16.0 GB",
        "Target: uvicorn 0.34.0, 2 workers, fastapi 0.115.0, Python 3.11.2, 2 cores, loopback, git aaaaaaaaaa",
    ]
    assert environment_lines({"generator": {}, "target": {}}) == []
    far = {"generator": {}, "target": {"server_header": "nginx", "path": "network", "round_trip_ms": 1.234}}
    assert environment_lines(far) == ["Target: nginx, network, 1.23 ms to connect"]
