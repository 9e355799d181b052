"""The command line: words in, a terminal display, documents and an exit code out."""
