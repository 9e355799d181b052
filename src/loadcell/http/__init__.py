"""The HTTP client: bytes on the wire, connections, and the session that a user calls. No I/O of its own."""
