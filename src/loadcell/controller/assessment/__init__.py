"""The method: from a baseline to a verdict. What it decides is pure; the run carries it out."""
