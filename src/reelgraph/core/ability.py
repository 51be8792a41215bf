"""The base of the protocols that are checked with `isinstance`, quickly on every version of Python."""

from __future__ import annotations

import functools
import inspect
from typing import Generic, Protocol


class _AbilityType(type(Protocol)):  # type: ignore[misc]  # the type of protocols has no public name
    """Looks for methods once for each class, and for other members each time.

    `typing.Protocol` collects the members of the protocol anew for every check: about 40 microseconds on Python 3.11,
    and a list makes dozens of them.
    """

    def __instancecheck__(cls, instance: object) -> bool:
        if Protocol not in cls.__bases__:  # a class that says it has the ability: only its own instances are
            return bool(super().__instancecheck__(instance))
        has_methods = _has_methods(cls, type(instance))  # type: ignore[arg-type]  # classes are hashable
        return has_methods and all(hasattr(instance, name) for name in _members(cls)[1])


class Ability(Protocol, metaclass=_AbilityType):
    """A protocol whose methods are those of a class, not of single instances; other members may be of instances."""


@functools.cache
def _members(ability: type) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of the methods of a protocol, and of its other members: properties and annotated names."""
    methods, others = dict[str, None](), dict[str, None]()
    for base in reversed(ability.__mro__):
        if base in (object, Protocol, Generic, Ability):
            continue
        for name in (*inspect.get_annotations(base), *base.__dict__):
            if not name.startswith("_"):
                (methods if callable(base.__dict__.get(name)) else others)[name] = None
    return tuple(methods), tuple(others)


@functools.lru_cache(maxsize=4096)
def _has_methods(ability: type, kind: type) -> bool:
    return all(callable(getattr(kind, name, None)) for name in _members(ability)[0])
