"""The classes that scenarios derive their users from."""

from loadcell.scenario.user import FastHttpUser, HttpUser, User, UserMeta

__all__ = ["FastHttpUser", "HttpUser", "User", "UserMeta"]
