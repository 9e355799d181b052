from __future__ import annotations

from abc import ABC, abstractmethod
from types import ModuleType, SimpleNamespace

import pytest

from loadcell.scenario.loading import shape_classes_of
from loadcell.scenario.shape import LoadTestShape


class Base(LoadTestShape, ABC):
    abstract = True

    @abstractmethod
    def users(self) -> int: ...

    def tick(self):
        return (self.users(), 1)


class Steps(Base):
    def users(self):
        return self.get_current_user_count() + 1


def test_a_shape_knows_its_runners_users_and_its_time():
    shape = Steps()
    shape.runner = SimpleNamespace(user_count=4)
    assert shape.tick() == (5, 1)
    shape.start_time -= 60
    assert shape.get_run_time() >= 60
    shape.reset_time()
    assert shape.get_run_time() < 60
    assert shape.use_common_options is False


def test_being_abstract_is_not_inherited_and_a_shape_needs_a_tick():
    assert (LoadTestShape.abstract, Base.abstract, Steps.abstract) == (True, True, False)

    class Idle(LoadTestShape): ...

    with pytest.raises(TypeError, match="tick"):
        Idle()


def test_the_shapes_of_a_module_are_its_concrete_ones():
    module = ModuleType("shapes")
    vars(module).update(LoadTestShape=LoadTestShape, Base=Base, Steps=Steps, other=Steps())
    assert shape_classes_of(module) == {"Steps": Steps}
