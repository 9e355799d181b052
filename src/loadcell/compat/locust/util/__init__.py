"""Small helpers that scripts import from Locust."""
