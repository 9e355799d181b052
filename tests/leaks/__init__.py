"""Real services that keep memory, fill a cache, or only seem to: the rule of the leaks against a known truth."""
