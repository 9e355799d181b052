"""Runs on several machines: real Dask workers, a service that writes down every request, and faults."""
