"""The same Locust file on the same server, run by the real Locust and by Loadcell, and what came of it compared."""
