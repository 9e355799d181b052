"""Where control groups are shown, in both versions, on a host and in a container."""

from __future__ import annotations

from pathlib import Path

import pytest

from loadcell.monitors.cgroups import (
    Group,
    Throttling,
    cpu_limit,
    locate,
    memory_limit,
    memory_used,
    oom_kills,
    parse_throttling,
    throttling,
)

V2 = "29 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate"
V1 = """\
32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw"""
DOCKER_V1 = V1.replace(" / /sys", " /docker/abc /sys")


def test_version_2() -> None:
    group = locate("0::/system.slice/shop.service\n", V2)
    top = Path("/sys/fs/cgroup")
    assert group.name == "/system.slice/shop.service"
    assert group.cpu == group.memory == (top / "system.slice/shop.service", top / "system.slice", top)


def test_version_1_beside_version_2() -> None:
    group = locate("5:cpu,cpuacct:/shop\n4:memory:/\n0::/\n", V1)
    assert group.cpu == (Path("/sys/fs/cgroup/cpu,cpuacct/shop"), Path("/sys/fs/cgroup/cpu,cpuacct"))
    assert group.memory == (Path("/sys/fs/cgroup/memory"),)


@pytest.mark.parametrize(
    ("groups", "mounts", "folders"),
    [
        ("5:cpu,cpuacct:/docker/abc\n0::/\n", DOCKER_V1, (Path("/sys/fs/cgroup/cpu,cpuacct"),)),
        ("0::/../../outside\n", V2, (Path("/sys/fs/cgroup"),)),
        ("0::/\n", V2, (Path("/sys/fs/cgroup"),)),
        ("", "", ()),
    ],
)
def test_inside_a_container_its_own_group_is_the_top(groups: str, mounts: str, folders: tuple[Path, ...]) -> None:
    assert locate(groups, mounts).cpu == folders


def test_the_tightest_limit_on_the_way_up_counts(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / "cpu.max").write_text("max 100000\n")
    (tmp_path / "cpu.max").write_text("150000 100000\n")
    (tmp_path / "cpu.stat").write_text("usage_usec 9\nnr_periods 50\nnr_throttled 40\nthrottled_usec 3000000\n")
    (inner / "memory.max").write_text("536870912\n")
    (inner / "memory.current").write_text("300000000\n")
    (inner / "memory.stat").write_text("anon 1\ninactive_file 100000000\n")
    (inner / "memory.events").write_text("low 0\noom 2\noom_kill 1\n")
    (tmp_path / "memory.max").write_text("max\n")
    group = Group("/inner", (inner, tmp_path), (inner, tmp_path))
    assert cpu_limit(group) == 1.5
    assert throttling(group) == {tmp_path: Throttling(50, 40, 3000.0)}
    assert (memory_limit(group), memory_used(group), oom_kills(group)) == (536870912, 200000000, 1)


def test_version_1_names(tmp_path: Path) -> None:
    (tmp_path / "cpu.cfs_quota_us").write_text("40000\n")
    (tmp_path / "cpu.cfs_period_us").write_text("100000\n")
    (tmp_path / "memory.limit_in_bytes").write_text("9223372036854771712\n")
    (tmp_path / "memory.usage_in_bytes").write_text("5000\n")
    (tmp_path / "memory.oom_control").write_text("oom_kill_disable 0\nunder_oom 0\noom_kill 3\n")
    group = Group("/", (tmp_path,), (tmp_path,))
    assert cpu_limit(group) == 0.4
    assert (memory_limit(group), memory_used(group), oom_kills(group)) == (None, 5000, 3)
    (tmp_path / "cpu.cfs_quota_us").write_text("-1\n")
    assert cpu_limit(group) is None


def test_throttling_in_both_versions_is_ms() -> None:
    assert parse_throttling("nr_periods 50\nnr_throttled 50\nthrottled_time 3000000000\n") == Throttling(50, 50, 3000.0)
    assert parse_throttling("") == Throttling(0, 0, 0.0)
