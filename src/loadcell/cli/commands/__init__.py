"""One module a verb; each has `run(words) -> exit code`."""
