"""Checks of abilities: the answers of `typing.Protocol`, asked once for each class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import pytest

from reelgraph.core.ability import Ability


@runtime_checkable
class Counts(Ability, Protocol):
    @property
    def n_items(self) -> int: ...

    def count(self) -> int: ...


@runtime_checkable
class CountsTwice(Counts, Protocol):
    def count_twice(self) -> int: ...


@dataclass
class Shelf:
    n_items: int  # a member of instances, not of the class

    def count(self) -> int:
        return self.n_items


class Wall(Shelf):
    def count_twice(self) -> int:
        return 2 * self.n_items


class Door:
    def count(self) -> int:
        return 0


@pytest.mark.parametrize(
    ("instance", "counts", "counts_twice"),
    [(Shelf(2), True, False), (Wall(2), True, True), (Door(), False, False), (None, False, False)],
)
def test_members_of_instances_classes_and_bases_count_as_in_any_protocol(
    instance: object, counts: bool, counts_twice: bool
) -> None:
    for _ in range(2):  # asked, and remembered
        assert isinstance(instance, Counts) is counts
        assert isinstance(instance, CountsTwice) is counts_twice


def test_members_are_looked_up_for_the_first_instance_of_a_class_alone() -> None:
    looked_up = []

    class Watched:
        def __getattribute__(self, name: str) -> object:
            looked_up.append(name)
            return super().__getattribute__(name)

    instances = [Watched() for _ in range(5)]
    assert [isinstance(instance, Counts) for instance in instances] == [False] * 5
    n_first = len(looked_up)
    assert n_first > 0
    assert not isinstance(Watched(), Counts)
    assert len(looked_up) == n_first
