"""Speeds and figures measured side by side with named peers; nothing here is asserted."""
