"""What `import locust` answers in a generator process: the same names, our implementation."""
