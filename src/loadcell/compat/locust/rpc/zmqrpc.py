"""The sockets of Locust's protocol, refused by one sentence."""

from loadcell.compat.locust.rpc import Client, Server

__all__ = ["Client", "Server"]
