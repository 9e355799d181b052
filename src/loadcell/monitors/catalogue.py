"""Every signal that a monitor may give, with its unit: the one place where they are declared.

Shares are in %, of one core or one thread's time where it says so, so they may exceed 100. Rates are means over the time
since the reading before. MB are 10⁶ bytes.
"""

from __future__ import annotations

from typing import NamedTuple


class Signal(NamedTuple):
    """What a signal's values mean."""

    unit: str
    """%, MB, MB/s, 1/s, ms, ms/s, s, or nothing for a number of things."""
    of: str
    """What its readings are about: "" for the whole host, else pid, port, device, interface, group, database, statement …"""
    meaning: str


_HOST = {
    "host_cpu": ("%", "", "CPU of all cores in use, whatever uses it; stolen time is in it"),
    "host_system": ("%", "", "CPU of all cores used by the kernel, interrupts included"),
    "host_iowait": ("%", "", "CPU of all cores that waited for a disk"),
    "host_steal": ("%", "", "CPU of all cores that the host of this virtual machine gave to others"),
    "host_cores": ("", "", "cores that are there"),
    "host_load": ("", "", "load average of the last minute"),
    "host_memory_available": ("MB", "", "memory that programs can still have without swapping"),
    "host_memory": ("MB", "", "memory that is there"),
    "host_swapped": ("MB/s", "", "memory moved to and from swap"),
    "host_major_faults": ("1/s", "", "pages that had to be read from a disk"),
    "host_oom_kills": ("1/s", "", "processes killed because memory ran out"),
    "psi_cpu": ("%", "", "time in which some task waited for a core"),
    "psi_io": ("%", "", "time in which some task waited for a disk"),
    "psi_io_full": ("%", "", "time in which all tasks that could work waited for a disk"),
    "psi_memory": ("%", "", "time in which some task waited for memory"),
    "psi_memory_full": ("%", "", "time in which all tasks that could work waited for memory"),
    "disk_read": ("MB/s", "device", "read from a disk"),
    "disk_write": ("MB/s", "device", "written to a disk"),
    "disk_busy": ("%", "device", "time in which a disk had something to do"),
    "net_in": ("MB/s", "interface", "received; lo is this machine talking to itself"),
    "net_out": ("MB/s", "interface", "sent"),
    "net_speed": ("MB/s", "interface", "what the link carries each way, where it says so"),
    "net_dropped": ("1/s", "interface", "packets dropped, both ways"),
}

_PROCESSES = {
    "workers": ("", "service", "processes that accept the service's connections"),
    "worker_started": ("", "pid", "a worker that was not there at the reading before, nor at the first"),
    "worker_gone": ("", "pid", "a worker that was there at the reading before"),
    "service_cores": ("", "service", "cores that the service may use: by affinity and the quota of its control group"),
    "worker_cpu": ("%", "pid", "CPU of all threads, of one core"),
    "worker_wait": ("%", "pid", "time that threads were ready and waited for a core, summed up; throttled time is in it"),
    "worker_memory": ("MB", "pid", "resident memory (RSS)"),
    "worker_unshared": ("MB", "pid", "memory that no other process shares (USS)"),
    "worker_threads": ("", "pid", "threads"),
    "worker_fds": ("", "pid", "open descriptors"),
    "worker_fds_limit": ("", "pid", "descriptors that may be open"),
    "worker_faults": ("1/s", "pid", "pages that became memory of the process"),
    "worker_major_faults": ("1/s", "pid", "pages that had to be read from a disk"),
    "worker_disk_read": ("MB/s", "pid", "read from a disk"),
    "worker_disk_write": ("MB/s", "pid", "written to a disk"),
    "loop_cpu": ("%", "pid", "CPU of the main thread, which runs the event loop"),
    "loop_wait": ("%", "pid", "time that the main thread was ready and waited for a core"),
    "loop_switches": ("1/s", "pid", "times that the main thread gave its core up by itself"),
    "loop_preempted": ("1/s", "pid", "times that the main thread lost its core"),
    "loop_running": ("%", "pid", "samples in which the main thread ran, or waited for a core"),
    "loop_idle": ("%", "pid", "samples in which the main thread waited for events (epoll)"),
    "loop_in_poll": (
        "%",
        "pid",
        "samples in poll or select: a blocking client with a time limit, or no epoll",
    ),
    "loop_in_sleep": ("%", "pid", "samples in a sleep"),
    "loop_in_futex": ("%", "pid", "samples that waited for a lock, the GIL among them"),
    "loop_in_network": ("%", "pid", "samples in a blocking call on a socket"),
    "loop_on_disk": ("%", "pid", "samples that waited for a disk"),
    "loop_stopped": ("%", "pid", "samples in which the process was stopped"),
    "loop_elsewhere": ("%", "pid", "samples that waited for something else"),
    "loop_unseen": ("%", "pid", "samples that waited, and it could not be seen for what"),
    "stack_blocking": ("%", "pid and line", "of the looks (py-spy), those that found the main thread waiting at this line"),
    "stack_computing": ("%", "pid and line", "of the looks (py-spy), those that found it computing at this line"),
    "helper_cpu": ("%", "pid", "CPU of a process of the service that accepts no connections, of one core"),
    "helper_memory": ("MB", "pid", "its resident memory"),
    "cpu_limit": ("", "group", "cores that the control group allows"),
    "cpu_throttled": ("%", "group", "periods in which the control group's quota was used up"),
    "cpu_throttled_time": ("ms/s", "group", "time that its tasks were held back, summed up over cores"),
    "memory_limit": ("MB", "group", "memory that the control group allows"),
    "memory_used": ("MB", "group", "memory that counts against that limit"),
    "group_oom_kills": ("1/s", "group", "processes killed because that memory ran out"),
}

_SOCKETS = {
    "accept_queue": ("", "port", "connections that wait for accept(): the most in any sample"),
    "accept_limit": ("", "port", "how many may wait"),
    "accept_overflows": ("1/s", "host", "connections refused a place because a queue was full; all ports of the namespace"),
    "accept_drops": ("1/s", "host", "connection requests dropped, for whatever reason; all ports of the namespace"),
    "sockets_open": ("", "port", "established connections, those included that wait to be accepted"),
    "sockets_unread": ("", "port", "of them, those with bytes that the service has not read: mean of the samples"),
    "sockets_unsent": ("", "port", "of them, those with bytes that the other side has not taken: mean of the samples"),
    "sockets_unclosed": ("", "port", "connections that the other side has closed and the service has not"),
}

_POSTGRES = {
    "db_connections": ("", "database", "connections of clients to the server, to whatever database"),
    "db_connections_own": ("", "database", "of them, those to this database"),
    "db_connections_max": ("", "database", "connections that ordinary roles may have"),
    "db_active": ("", "database", "connections that execute a statement: mean of the samples, as in all that follow"),
    "db_on_cpu": ("", "database", "of them, those that wait for nothing"),
    "db_idle": ("", "database", "connections without a transaction"),
    "db_in_transaction": ("", "database", "connections that hold a transaction and execute nothing"),
    "db_wait": ("", "event", "active connections that wait, by kind and event as PostgreSQL calls them"),
    "db_lock_waits": ("", "database", "active connections that wait for a lock of another transaction"),
    "db_blocked_by": ("s", "statement", "the longest wait for a transaction whose last statement this is"),
    "db_oldest_query": ("s", "database", "the longest that a statement has been executing"),
    "db_oldest_transaction": ("s", "database", "the longest that a transaction has been open"),
    "db_transactions": ("1/s", "database", "transactions ended, as far as PostgreSQL has counted them, over 10 s"),
    "db_rollbacks": ("1/s", "database", "of them rolled back; SQLAlchemy ends what only read that way"),
    "db_deadlocks": ("1/s", "database", "deadlocks"),
    "db_rows_read": ("1/s", "database", "rows that scans went through, over 10 s"),
    "db_rows_written": ("1/s", "database", "rows inserted, updated and deleted, over 10 s"),
    "db_temporary": ("MB/s", "database", "written to temporary files, because a sort or join found no room, over 10 s"),
    "db_cache_hit": ("%", "database", "blocks found in shared buffers, of all that were asked for, over 10 s"),
    "db_size": ("MB", "database", "size on disk"),
    "db_scanned_rows": ("1/s", "table", "rows read by scans of the whole table, over 10 s"),
    "db_table_rows": ("", "table", "rows that the table holds, by its statistics"),
    "db_statements": ("1/s", "database", "statements executed"),
    "db_statement_time": ("ms/s", "statement", "time spent executing a statement"),
    "db_statement_calls": ("1/s", "statement", "how often it was executed"),
    "db_statement_mean": ("ms", "statement", "how long one execution took"),
    "db_cpu": ("%", "database", "CPU of the server's processes, of one core; where it runs on this machine"),
}

_PROMETHEUS = {
    "app_requests": ("1/s", "entry", "requests that the service says it has answered"),
    "app_errors": ("1/s", "entry", "of them, those with a status of 5xx"),
    "app_time": ("ms", "entry", "how long they took on average, as the service sees it"),
    "app_p95": ("ms", "service", "the 95th percentile of that over all entries, to the width of a bucket"),
    "app_in_progress": ("", "service", "requests under way"),
    "app_cpu": ("%", "service", "CPU of the process that the page is of, of one core"),
    "app_memory": ("MB", "service", "its resident memory"),
    "app_fds": ("", "service", "its open descriptors"),
}

_PROBE = {
    "loop_lag": ("ms", "pid", "the latest of the event loop's beats in a second: of about 50, so their 99th percentile"),
    "loop_lag_mean": ("ms", "pid", "how late the beats were on average"),
    "loop_stretch": ("ms", "pid", "the longest that the loop was found in the same callback"),
    "loop_busy": ("%", "pid", "time in which the loop was found in some callback; under uvloop short ones are not found"),
    "loop_thread_cpu": ("%", "pid", "CPU of the event loop's thread, by its own clock"),
    "blocking_line": ("%", "pid and line", "time in which the loop was found at this line without computing, over 10 s"),
    "computing_line": ("%", "pid and line", "CPU of the loop's thread while it was found at this line, over 10 s"),
    "awaited_line": ("%", "pid and line", "of the requests that were looked at, those that waited at this line, over 10 s"),
    "requests_in_flight": ("", "pid", "requests under way in the service"),
    "requests_finished": ("1/s", "pid", "requests whose answer was complete, or that were given up"),
    "requests_raised": ("1/s", "pid", "of them, those that ended with an exception"),
    "requests_5xx": ("1/s", "pid", "of them, those with a status of 5xx"),
    "request_time": ("ms", "pid", "time of a request in the service, on average, as in all that follow"),
    "request_before": ("ms", "pid", "from its X-Request-Start to the handler: the queue in front of the application"),
    "request_thread_wait": ("ms", "pid", "of its time, waiting for a thread (sync endpoints and dependencies)"),
    "request_pool_wait": ("ms", "pid", "of its time, waiting for a connection of a database pool"),
    "request_db_connect": ("ms", "pid", "of its time, connecting to the database"),
    "request_db": ("ms", "pid", "of its time, executing statements"),
    "request_http_wait": ("ms", "pid", "of its calls of other services, waiting for a connection"),
    "request_http": ("ms", "pid", "of its time, calls of other services, the wait for a connection included"),
    "request_rest": ("ms", "pid", "of its time, everything else: the service's own code, other waits, waiting for the loop"),
    "request_in_threads": ("ms", "pid", "calls given to threads, the wait included; lies across all that is above"),
    "request_statements": ("", "pid", "statements that a request executes"),
    "threads_total": ("", "pid", "calls that may run in threads at the same time (anyio's limiter)"),
    "threads_borrowed": ("", "pid", "of them, those that run"),
    "threads_waiting": ("", "pid", "calls that wait for a thread"),
    "pool_size": ("", "pid and pool", "connections that a database pool holds"),
    "pool_max": ("", "pid and pool", "connections that it may hold"),
    "pool_checked_out": ("", "pid and pool", "connections that are in use"),
    "pool_waiting": ("", "pid and pool", "who waits for a connection"),
    "pool_wait": ("ms", "pid and pool", "how long getting a connection took, without making one"),
    "pool_hold": ("ms", "pid and pool", "how long a connection was kept"),
    "statement_time": ("ms/s", "pid and statement", "time spent executing a statement, over 10 s"),
    "statement_mean": ("ms", "pid and statement", "how long one execution took, over 10 s"),
    "host_time": ("ms/s", "pid and host", "time spent in calls of another service, over 10 s"),
    "host_mean": ("ms", "pid and host", "how long one call took, over 10 s"),
    "host_errors": ("1/s", "pid and host", "calls that got no answer, over 10 s"),
    "gc_time": ("%", "pid", "time in which everything stood still for garbage collections"),
    "gc_longest": ("ms", "pid", "the longest collection"),
    "gc_full": ("1/s", "pid", "full collections"),
    "memory_blocks": ("", "pid", "blocks of small objects in use"),
    "memory_malloc": ("MB", "pid", "memory in use beside them (malloc)"),
}

CATALOGUE = {
    name: Signal(*declared) for name, declared in (_HOST | _PROCESSES | _SOCKETS | _POSTGRES | _PROMETHEUS | _PROBE).items()
}


def unit_of(signal: str) -> str:
    """The unit of a signal; nothing for a name that is not declared here."""
    known = CATALOGUE.get(signal)
    return known.unit if known else ""
