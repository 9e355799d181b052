"""One process of load: sockets on the hub, what they record, and the users that use them."""
