"""The classes that scenarios derive their users from."""

from loadcell.scenario.rest import RestMixin
from loadcell.scenario.user import FastHttpUser, HttpUser, User, UserMeta

__all__ = ["FastHttpUser", "HttpUser", "RestMixin", "User", "UserMeta"]
