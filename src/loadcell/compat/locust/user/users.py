"""The classes that scenarios derive their users from."""

from loadcell.compat.pytest_users import PytestUser
from loadcell.scenario.rest import RestMixin
from loadcell.scenario.user import FastHttpUser, HttpUser, User, UserMeta

__all__ = ["FastHttpUser", "HttpUser", "PytestUser", "RestMixin", "User", "UserMeta"]
