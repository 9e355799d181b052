"""Comparisons of simulated services, whose difference is known, and of real ones."""
