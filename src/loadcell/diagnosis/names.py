"""The signals that the diagnosis reads of a run file: the one place that knows what the monitors call them.

What is said here of the probe follows its document (docs/probe.md). A name that no monitor knows costs nothing: the rules
then work with what is there.
"""

from __future__ import annotations

# From outside: the service's processes
WORKERS = "workers"
WORKER_STARTED = "worker_started"
WORKER_GONE = "worker_gone"
SERVICE_CORES = "service_cores"
WORKER_CPU = "worker_cpu"
WORKER_WAIT = "worker_wait"
WORKER_MEMORY = "worker_memory"
WORKER_THREADS = "worker_threads"
WORKER_FDS = "worker_fds"
WORKER_FDS_LIMIT = "worker_fds_limit"
LOOP_CPU = "loop_cpu"
LOOP_WAIT = "loop_wait"
LOOP_IDLE = "loop_idle"
LOOP_ON_DISK = "loop_on_disk"
LOOP_IN_SLEEP = "loop_in_sleep"
LOOP_IN_NETWORK = "loop_in_network"
LOOP_IN_POLL = "loop_in_poll"
LOOP_IN_FUTEX = "loop_in_futex"
STACK_BLOCKING = "stack_blocking"
STACK_COMPUTING = "stack_computing"
HELPER_CPU = "helper_cpu"
CPU_THROTTLED = "cpu_throttled"
CPU_LIMIT = "cpu_limit"
MEMORY_USED = "memory_used"
MEMORY_LIMIT = "memory_limit"
GROUP_OOM_KILLS = "group_oom_kills"

# From outside: the machine and its sockets
HOST_CPU = "host_cpu"
HOST_STEAL = "host_steal"
HOST_CORES = "host_cores"
HOST_MEMORY = "host_memory"
HOST_MEMORY_AVAILABLE = "host_memory_available"
HOST_OOM_KILLS = "host_oom_kills"
PSI_CPU = "psi_cpu"
PSI_IO = "psi_io"
PSI_MEMORY = "psi_memory"
DISK_BUSY = "disk_busy"
NET_IN = "net_in"
NET_OUT = "net_out"
NET_SPEED = "net_speed"
ACCEPT_QUEUE = "accept_queue"
ACCEPT_LIMIT = "accept_limit"
ACCEPT_OVERFLOWS = "accept_overflows"
SOCKETS_UNREAD = "sockets_unread"

# From the database
DB_CONNECTIONS = "db_connections_own"
DB_ACTIVE = "db_active"
DB_IN_TRANSACTION = "db_in_transaction"
DB_LOCK_WAITS = "db_lock_waits"
DB_BLOCKED_BY = "db_blocked_by"
DB_CPU = "db_cpu"
DB_SCANNED_ROWS = "db_scanned_rows"
DB_STATEMENTS = "db_statements"
DB_STATEMENT_TIME = "db_statement_time"
DB_STATEMENT_MEAN = "db_statement_mean"

# From the probe in the service's workers
P_BUSY = "loop_busy"
P_LOOP_CPU = "loop_thread_cpu"
P_LAG = "loop_lag"
P_STRETCH = "loop_stretch"
P_BLOCKING = "blocking_line"
P_COMPUTING = "computing_line"
P_AWAITED = "awaited_line"
P_IN_FLIGHT = "requests_in_flight"
P_FINISHED = "requests_finished"
P_RAISED = "requests_raised"
P_TIME = "request_time"
P_THREAD_WAIT = "request_thread_wait"
P_POOL_WAIT = "request_pool_wait"
P_DB_CONNECT = "request_db_connect"
P_DB = "request_db"
P_HTTP = "request_http"
P_HTTP_WAIT = "request_http_wait"
P_REST = "request_rest"
P_STATEMENTS = "request_statements"
P_THREADS_TOTAL = "threads_total"
P_THREADS_BORROWED = "threads_borrowed"
P_THREADS_WAITING = "threads_waiting"
P_POOL_MAX = "pool_max"
P_POOL_CHECKED_OUT = "pool_checked_out"
P_POOL_WAITING = "pool_waiting"
P_POOL_HOLD = "pool_hold"
P_STATEMENT_TIME = "statement_time"
P_STATEMENT_MEAN = "statement_mean"
P_HOST_TIME = "host_time"
P_HOST_MEAN = "host_mean"
P_GC_TIME = "gc_time"
P_GC_LONGEST = "gc_longest"
P_GC_FULL = "gc_full"
P_BLOCKS = "memory_blocks"
P_MALLOC = "memory_malloc"

LEDGER = (P_THREAD_WAIT, P_POOL_WAIT, P_DB_CONNECT, P_DB, P_HTTP, P_HTTP_WAIT, P_REST, P_STATEMENTS)
"""Means per request, beside `P_TIME`, the whole."""

PROBE = frozenset({*LEDGER, P_TIME, P_BUSY, P_LOOP_CPU, P_LAG, P_STRETCH, P_BLOCKING, P_COMPUTING, P_AWAITED, P_IN_FLIGHT,
                   P_FINISHED, P_RAISED, P_THREADS_TOTAL, P_THREADS_BORROWED, P_THREADS_WAITING, P_POOL_MAX,
                   P_POOL_CHECKED_OUT, P_POOL_WAITING, P_POOL_HOLD, P_STATEMENT_TIME, P_STATEMENT_MEAN, P_HOST_TIME,
                   P_HOST_MEAN, P_GC_TIME, P_GC_LONGEST, P_GC_FULL, P_BLOCKS, P_MALLOC})  # fmt: skip
CLIENT = frozenset(("rps", "ok_rps", "p50", "p95", "p99", "mean", "error_rate", "concurrency", "users", "slowed"))
"""What the generators measured; no readings."""


def source_of(signal: str) -> str:
    """Who measured it: client, outside, database or probe, which are independent of each other."""
    if signal in CLIENT:
        return "client"
    if signal in PROBE:
        return "probe"
    return "database" if signal.startswith("db_") else "generator" if signal.startswith("generator_") else "outside"
