"""The base of the protocols that are checked with `isinstance`, whose answers are remembered for each class."""

from __future__ import annotations

from typing import Protocol
from weakref import WeakKeyDictionary

_ANSWERS: WeakKeyDictionary[type, WeakKeyDictionary[type, bool]] = WeakKeyDictionary()
"""By protocol, then by class. Not attributes of the protocols: these would be members that a class must have."""


class _AbilityType(type(Protocol)):  # type: ignore[misc]  # the type of protocols has no public name
    """Asks once for each class.

    A check of a protocol looks at every member: about 40 microseconds on Python 3.11, and a list makes dozens of them.
    """

    def __instancecheck__(cls, instance: object) -> bool:
        answers = _ANSWERS.setdefault(cls, WeakKeyDictionary())
        answer = answers.get(type(instance))
        if answer is None:
            answer = answers[type(instance)] = bool(super().__instancecheck__(instance))
        return answer


class Ability(Protocol, metaclass=_AbilityType):
    """A protocol that a class has or lacks as a whole: what its first instance answers holds for all of them."""
