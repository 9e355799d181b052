"""One run from its start to its verdict: decisions in pure modules, timers and processes in `run`."""
