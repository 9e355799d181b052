"""The kernel's texts, as recorded on several machines."""

from __future__ import annotations

import pytest

from loadcell.monitors.procfs import (
    Socket,
    parse_descriptor_limit,
    parse_epoll_targets,
    parse_fields,
    parse_netstat,
    parse_pressure,
    parse_schedstat,
    parse_sockets,
    parse_stat,
)

STAT = "5099 (a (b) c) S 5054 5054 2965 0 -1 4194304 96 0 7 0 31 12 3 4 20 0 6 0 113488 3133440 360 18446744073709551615"
TCP = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:0000000A 00:00000000 00000000  1000        0 24301 1 0000000000000000
   1: 0100007F:1F90 0100007F:A2B4 01 00000000:00000051 00:00000000 00000000  1000        0 24377 1 0000000000000000
   2: 0100007F:A2B4 0100007F:1F90 01 00000000:00000000 00:00000000 00000000     0        0 24376 1 0000000000000000
   3: 0100007F:1F90 0100007F:A2B8 08 00000200:00000000 00:00000000 00000000  1000        0 24390 1 0000000000000000
"""
TCP6 = """\
  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000000000000:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 9911 1 0000000000000000
"""  # noqa: E501
LIMITS = """\
Limit                     Soft Limit           Hard Limit           Units     
Max cpu time              unlimited            unlimited            seconds   
Max open files            1024                 524288               files     
"""  # noqa: W291


def test_a_process_whose_name_holds_brackets() -> None:
    stat = parse_stat(STAT)
    assert (stat.name, stat.state, stat.parent) == ("a (b) c", "S", 5054)
    assert (stat.minor_faults, stat.major_faults) == (96, 7)
    assert (stat.user_ticks, stat.system_ticks, stat.reaped_ticks) == (31, 12, 7)
    assert (stat.threads, stat.started) == (6, 113488)


@pytest.mark.parametrize("text", ["", "12", "12 (cut off"])
def test_what_is_no_stat(text: str) -> None:
    with pytest.raises(ValueError):
        parse_stat(text)


def test_schedstat() -> None:
    assert parse_schedstat("26710532 96090 12\n") == (26710532, 96090)
    assert parse_schedstat("") is None


def test_fields_with_and_without_units() -> None:
    assert parse_fields("Rss:  1628 kB\nThreads:\t6\nName:\tcat\npswpin 3\n") == {
        "Rss": 1628 * 1024,
        "Threads": 6,
        "pswpin": 3,
    }


def test_the_limit_of_open_files() -> None:
    assert parse_descriptor_limit(LIMITS) == 1024
    assert parse_descriptor_limit(LIMITS.replace("1024     ", "unlimited")) is None


def test_pressure() -> None:
    text = "some avg10=1.46 avg60=0.53 avg300=0.26 total=4768972\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=17\n"
    assert parse_pressure(text) == {"some": 4768972, "full": 17}
    assert parse_pressure("") == {}


def test_netstat_pairs_names_and_values() -> None:
    text = "TcpExt: SyncookiesSent ListenOverflows ListenDrops\nTcpExt: 0 3 4\nIpExt: InNoRoutes\nIpExt: 5\n"
    assert parse_netstat(text) == {
        "TcpExt.SyncookiesSent": 0,
        "TcpExt.ListenOverflows": 3,
        "TcpExt.ListenDrops": 4,
        "IpExt.InNoRoutes": 5,
    }


def test_listening_sockets_of_both_families() -> None:
    assert parse_sockets(TCP, state=10) == [Socket(10, 10, 0, 8080, 24301, 1000)]
    assert parse_sockets(TCP6, state=10) == [Socket(10, 0, 0, 8080, 9911, 0)]


def test_the_sockets_of_a_port_are_those_of_this_side() -> None:
    found = parse_sockets(TCP, 8080)
    assert [(each.state, each.unread, each.unsent) for each in found] == [(10, 10, 0), (1, 81, 0), (8, 0, 512)]


def test_what_an_epoll_watches() -> None:
    text = "pos:\t0\nflags:\t02\ntfd:        6 events:       19 data:  6  pos:0\ntfd:       12 events: 1 data: 5\n"
    assert parse_epoll_targets(text) == {"6", "12"}
