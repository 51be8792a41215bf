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


def test_what_single_instances_have_is_looked_up_for_each() -> None:
    class Part:
        def __init__(self, **members: int) -> None:
            self.__dict__.update(members)

        def count(self) -> int:
            return 1

    class Whole:
        """Has what its part has."""

        def __init__(self, part: Part) -> None:
            self.part = part

        def __getattr__(self, name: str) -> object:
            return getattr(self.part, name)

        def count(self) -> int:
            return 1

    assert [isinstance(part, Counts) for part in (Part(), Part(n_items=2), Part())] == [False, True, False]
    assert [isinstance(Whole(part), Counts) for part in (Part(n_items=2), Part())] == [True, False]


def test_a_class_that_names_an_ability_as_its_base_has_its_own_instances_only() -> None:
    class Box(Counts):
        n_items = 3

        def count(self) -> int:
            return self.n_items

    assert isinstance(Box(), Box)
    assert isinstance(Box(), Counts)
    assert not isinstance(Shelf(2), Box)  # alike, and something else
