"""Real assessments of a server whose capacity and faults are set: the whole product against a known truth."""
