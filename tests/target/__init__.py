"""Our own HTTP server with scripted behaviour: the known truth that load figures are held against."""
