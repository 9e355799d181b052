"""Realistic Locust files, run for ten seconds each against a service that checks what it gets."""
