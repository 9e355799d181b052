"""Services that exist only as queues in simulated time, with a capacity that is known: the truth for the search."""
