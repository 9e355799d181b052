from __future__ import annotations

import platform
from importlib.metadata import version

from loadcell.nodes.survey import named_apart, problems, survey, version_problems


def test_this_machine_has_what_it_has() -> None:
    found = survey(["msgspec", "certainly_not_there", "loadcell.nodes"])
    assert found["missing"] == ["certainly_not_there"]
    assert found["cores"] >= 1
    assert problems("web1", found | {"missing": []}) == []
    assert problems("web1", found) == ["web1 lacks certainly_not_there: install it there."]


def test_versions_that_differ_are_named() -> None:
    ours = version("gevent")
    assert version_problems("web1", "3.8.1", {"loadcell": "0.0.1"}) == [
        f"web1 has Python 3.8.1, this machine {platform.python_version()}: use the same there.",
        f"web1 has loadcell 0.0.1, this machine {version('loadcell')}: install the same there.",
        f"web1 lacks gevent: install gevent {ours} there.",
    ]


def test_another_patch_of_python_will_do() -> None:
    minor = ".".join(platform.python_version().split(".")[:2])
    assert version_problems("web1", f"{minor}.99", {name: version(name) for name in ("loadcell", "gevent")}) == []


def test_nodes_of_one_host_are_numbered() -> None:
    assert named_apart(["a", "b", "a"]) == ["a/1", "b", "a/2"]
