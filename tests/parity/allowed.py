"""The differences there are on purpose: (file or *, what the difference looks like, the reason).

Each reason is the name of a row in docs/locust-differences.md; a test holds the two together.
"""

ALLOWED: list[tuple[str, str, str]] = [
    ("no_host", "exit code: 0 → 2", "no host"),
    ("nothing_sent", "exit code: 0 → 1", "nothing was sent"),
    ("tags_none_left", "", "tags that leave no task"),
    ("no_users", "exit code: 1 → 2", "a scenario that can't be loaded"),
    ("import_error", "exit code: 1 → 2", "a scenario that can't be loaded"),
    ("unknown_class", "exit code: 1 → 2", "a scenario that can't be loaded"),
    ("exceptions", "^exceptions: no ", "exceptions with different texts"),
    ("shape_two", r"traces of users: \['1', '4'\] → \['4'\]", "a shape with several processes"),
    ("timeouts", "^failures: GET slow: ReadTimeout", "the text of a time-out"),
    ("stop_timeout", "^requests: GET .* half: None", "requests that end while several processes stop"),
    ("runner_quit", "^requests: GET /ok: None", "requests that end while several processes stop"),
    ("sys_exit", "^requests: GET /ok: None", "`sys.exit(n)` in a task"),
    ("runner_facts", "^exceptions: ", "exceptions with different texts"),
]
