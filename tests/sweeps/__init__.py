"""Sweeps of real services, beside a long search of every setting."""
