"""The service under test, as far as it runs on this machine: its processes, how they were started, what they are made of."""
