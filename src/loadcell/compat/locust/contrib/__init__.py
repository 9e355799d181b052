"""Clients and users for what is not plain HTTP; each needs its own library, which is imported with it."""
