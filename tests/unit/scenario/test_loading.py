from __future__ import annotations

from types import ModuleType

from loadcell.scenario import HttpUser, User
from loadcell.scenario.loading import user_classes_of


def test_concrete_user_classes_are_found_in_the_order_and_under_the_names_of_the_module():
    class Base(User):
        abstract = True

    class Shopper(Base): ...

    class Clerk(HttpUser): ...

    module = ModuleType("scenario")
    vars(module).update(HttpUser=HttpUser, Base=Base, Shopper=Shopper, Alias=Clerk, number=1, instance=object(), text=str)
    assert list(user_classes_of(module).items()) == [("Shopper", Shopper), ("Alias", Clerk)]
