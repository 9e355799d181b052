"""`python -m loadcell.process`: one generator. The only process that is monkey-patched and that runs the user's code."""
